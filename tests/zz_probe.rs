//! scratch
use mirilla::biometrics::{Pipeline, QualityLimits, Finding};
use mirilla::camera::photo;
#[test] fn probe() {
    let p = Pipeline::load(QualityLimits::default()).unwrap();
    let portrait = image::open("assets/demo/obama.jpg").unwrap().into_rgb8();
    let see = |label: &str, img: image::RgbImage| {
        let mut b = std::io::Cursor::new(vec![]); img.write_to(&mut b, image::ImageFormat::Png).unwrap();
        let f = photo::decode(&b.into_inner()).unwrap();
        match p.observe(&f).unwrap().finding { Finding::Face(f) => println!("{label}: {:?} {:?} {:?}", f.face, f.quality, f.embedding.err()), o => println!("{label}: {o:?}") }
    };
    see("whole", portrait.clone());
    for x in [600, 580, 560,540,520,500,480,460] { see(&format!("right edge {x}"), image::imageops::crop_imm(&portrait, 0,0,x,1000).to_image()); }
    for y in [520,500,480,460,440,430,420,400,380] { see(&format!("low edge {y}"), image::imageops::crop_imm(&portrait, 100,0,800,y).to_image()); }
    for y in [200,250,280,300,320,340] { see(&format!("top edge {y}"), image::imageops::crop_imm(&portrait, 100,y,800,900-y).to_image()); }
    for s in [10.0f32,12.0,8.0,6.0, 5.0,4.0, 3.0, 2.0] { see(&format!("blur {s}"), image::imageops::blur(&portrait, s)); }
    for s in [0.15f32,0.2,0.25,0.3,0.4,2.0,2.5,3.0,4.0,6.0] { let mut q=portrait.clone(); q.pixels_mut().for_each(|p| p.0=p.0.map(|v| (f32::from(v)*s).min(255.0) as u8)); see(&format!("light {s}"), q); }
    for n in [5u32,8,10,12,14,16] { let f=image::imageops::resize(&portrait, 910/n, 1137/n, image::imageops::FilterType::CatmullRom); let mut r=image::RgbImage::from_pixel(640,480,image::Rgb([150,150,145])); image::imageops::replace(&mut r,&f,280,180); see(&format!("small 1/{n}"), r); }
}
