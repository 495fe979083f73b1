//! Compiles SQLite3 Multiple Ciphers, which is SQLite with encryption: one C file, no other library.

fn main() {
    println!("cargo:rerun-if-changed=sqlite3mc/sqlite3.c");
    println!("cargo:include={}/sqlite3mc", env!("CARGO_MANIFEST_DIR"));
    let mut build = cc::Build::new();
    build.file("sqlite3mc/sqlite3.c").warnings(false);
    // What libsqlite3-sys sets, but for the extensions that Mirilla has no use for.
    for define in [
        "SQLITE_CORE",
        "SQLITE_DEFAULT_FOREIGN_KEYS=1",
        "SQLITE_ENABLE_API_ARMOR",
        "SQLITE_ENABLE_COLUMN_METADATA",
        "SQLITE_ENABLE_MEMORY_MANAGEMENT",
        "SQLITE_ENABLE_STAT4",
        "SQLITE_OMIT_LOAD_EXTENSION",
        "SQLITE_THREADSAFE=1",
        "SQLITE_USE_URI",
        "HAVE_USLEEP=1",
        "HAVE_ISNAN",
        "_POSIX_THREAD_SAFE_FUNCTIONS",
        // What is sorted or copied stays out of temporary files, which nothing encrypts.
        "SQLITE_TEMP_STORE=3",
        // One cipher, ChaCha20 with Poly1305 on each page; the others are not compiled.
        "CODEC_TYPE=CODEC_TYPE_CHACHA20",
        "HAVE_CIPHER_CHACHA20=1",
        "HAVE_CIPHER_AES_128_CBC=0",
        "HAVE_CIPHER_AES_256_CBC=0",
        "HAVE_CIPHER_SQLCIPHER=0",
        "HAVE_CIPHER_RC4=0",
        "HAVE_CIPHER_ASCON128=0",
        "HAVE_CIPHER_AEGIS=0",
    ] {
        build.flag(format!("-D{define}"));
    }
    if std::env::var("CARGO_CFG_WINDOWS").is_err() {
        build.flag("-DHAVE_LOCALTIME_R");
    }
    build.compile("sqlite3");
}
