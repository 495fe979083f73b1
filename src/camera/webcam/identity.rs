//! Names by which the same camera is found again after a reboot, read from what the kernel tells in `/sys`.

#![cfg_attr(not(target_os = "linux"), allow(dead_code))] // only `find` is of use elsewhere

use std::path::{Component, Path};

use super::CameraId;

/// What a camera is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) id: CameraId,
    pub(super) name: String,
    /// Whether this is the first node of its device: the one with pictures, when none may be asked.
    pub(super) first: bool,
}

/// Reads the identity of the node that `/sys/class/video4linux/videoN` describes.
pub(super) fn read(node: &Path) -> Identity {
    let file = node.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let name = tidy(&attribute(node, "name").unwrap_or_else(|| file.clone()));
    let index = attribute(node, "index").unwrap_or_else(|| "0".into());
    let first = index == "0";
    let called = name.replace(char::is_whitespace, "_");
    let id = if is_made_by_a_program(node) {
        format!("{VIRTUAL}{called}")
    } else {
        usb(node).unwrap_or_else(|| format!("name-{called}"))
    };
    let id = CameraId(if first { id } else { format!("{id}+{index}") });
    Identity { id, name, first }
}

/// How the identifier of a camera begins that a program makes, as v4l2loopback's do: whatever is to be seen by it.
pub(super) const VIRTUAL: &str = "virtual-";

/// The kernel keeps what is no piece of hardware in a folder of its own.
fn is_made_by_a_program(node: &Path) -> bool {
    let Ok(node) = node.canonicalize() else { return false };
    node.components().any(|part| part.as_os_str() == "virtual")
}

/// `usb-046d-0825-5F2C@0000:00:14.0-1.2:0`: vendor, product, serial number where there is one; then the controller,
/// the ports down to the camera, and the interface, which are the same after a reboot (the bus's number is not).
fn usb(node: &Path) -> Option<String> {
    let interface = node.join("device").canonicalize().ok()?;
    let device = interface.parent()?;
    let (vendor, product) = (attribute(device, "idVendor")?, attribute(device, "idProduct")?);
    let serial = attribute(device, "serial").map(|serial| format!("-{serial}")).unwrap_or_default();
    let parts: Vec<String> = device
        .components()
        .filter_map(|part| match part {
            Component::Normal(part) => Some(part.to_string_lossy().into_owned()),
            _ => None,
        })
        .collect();
    let is_bus = |part: &String| part.strip_prefix("usb").is_some_and(|bus| bus.parse::<u32>().is_ok());
    let controller = parts.iter().rposition(is_bus).and_then(|at| at.checked_sub(1)).map_or("", |at| &parts[at]);
    let ports = parts.last()?.split_once('-').map_or("", |(_, ports)| ports);
    let number = attribute(&interface, "bInterfaceNumber").unwrap_or_default();
    let number = number.trim_start_matches('0');
    let number = if number.is_empty() { "0" } else { number };
    Some(format!("usb-{vendor}-{product}{serial}@{controller}-{ports}:{number}").replace(char::is_whitespace, "_"))
}

fn attribute(folder: &Path, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(folder.join(name)).ok()?;
    let text: String = text.trim().chars().filter(|c| !c.is_control()).collect();
    (!text.is_empty()).then_some(text)
}

/// The kernel says "Integrated Camera: Integrated C": product, then interface, cut at 31 bytes.
fn tidy(name: &str) -> String {
    match name.split_once(": ") {
        Some((product, interface)) if product.starts_with(interface) => product.into(),
        _ => name.trim_end_matches([':', ' ']).into(),
    }
}

/// Which of these cameras is meant: the same in the same place, or else the same one moved to another port.
pub(super) fn find(wanted: &CameraId, there: &[&CameraId]) -> Option<usize> {
    let device = |id: &CameraId| id.0.split_once('@').map(|(device, _)| device.to_owned());
    let moved = || {
        let wanted = device(wanted)?;
        let same: Vec<usize> = (0..there.len()).filter(|at| device(there[*at]).as_ref() == Some(&wanted)).collect();
        // Two of one kind without serial numbers cannot be told apart: neither is taken for the one that is gone.
        if let [one] = same[..] { Some(one) } else { None }
    };
    there.iter().position(|id| *id == wanted).or_else(moved)
}

#[cfg(unix)] // symbolic links
#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    /// A piece of `/sys` as the kernel lays it out; gives the node's path.
    fn sysfs(root: &Path, bus: u32, ports: &str, serial: Option<&str>, index: u32) -> std::path::PathBuf {
        let device = root.join(format!("devices/pci0000:00/0000:00:14.0/usb{bus}/{bus}-{ports}"));
        let interface = device.join(format!("{bus}-{ports}:1.0"));
        let number = bus * 10 + index;
        let node = interface.join(format!("video4linux/video{number}"));
        std::fs::create_dir_all(&node).unwrap();
        let write = |folder: &Path, name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
        write(&device, "idVendor", "046d\n");
        write(&device, "idProduct", "0825\n");
        serial.iter().for_each(|serial| write(&device, "serial", serial));
        write(&interface, "bInterfaceNumber", "00\n");
        write(&node, "name", "Integrated Camera: Integrated C\n");
        write(&node, "index", &format!("{index}\n"));
        symlink(&interface, node.join("device")).unwrap();
        node
    }

    #[test]
    fn the_identifier_is_the_same_whatever_the_numbers_of_bus_and_node() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let before = read(&sysfs(one.path(), 1, "1.2", Some("5F 2C\n"), 0));
        let after = read(&sysfs(other.path(), 3, "1.2", Some("5F 2C\n"), 0));
        assert_eq!(before, after);
        assert_eq!(before.id.0, "usb-046d-0825-5F_2C@0000:00:14.0-1.2:0");
        assert_eq!((before.name.as_str(), before.first), ("Integrated Camera", true));
        let second = read(&sysfs(one.path(), 1, "1.2", Some("5F 2C\n"), 1));
        assert_eq!((second.id.0.as_str(), second.first), ("usb-046d-0825-5F_2C@0000:00:14.0-1.2:0+1", false));
    }

    #[test]
    fn without_usb_the_name_serves_and_without_anything_the_node() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("name"), "Dummy video device (0x0000)\n").unwrap();
        assert_eq!(read(folder.path()).id.0, "name-Dummy_video_device_(0x0000)");
        let nothing = read(&folder.path().join("video7"));
        assert_eq!((nothing.id.0.as_str(), nothing.name.as_str()), ("name-video7", "video7"));
    }

    #[test]
    fn a_camera_that_a_program_makes_is_told_by_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let node = folder.path().join("devices/virtual/video4linux/video5");
        std::fs::create_dir_all(&node).unwrap();
        std::fs::write(node.join("name"), "Integrated Camera\n").unwrap();
        assert_eq!(read(&node).id.0, "virtual-Integrated_Camera", "whatever it calls itself");
    }

    #[test]
    fn names_lose_their_cut_repetition() {
        assert_eq!(tidy("Rig Camera: Rig Camera"), "Rig Camera");
        assert_eq!(tidy("UVC Camera (046d:0825)"), "UVC Camera (046d:0825)");
        assert_eq!(tidy("HD Webcam: IR Camera"), "HD Webcam: IR Camera");
        assert_eq!(tidy("A very long name of a camera: "), "A very long name of a camera");
    }

    #[test]
    fn a_camera_is_found_in_its_place_or_moved_but_never_taken_for_another() {
        let ids = ["usb-1-2-A@pci-1:0", "usb-1-2-B@pci-2:0", "usb-3-4@pci-3:0", "usb-3-4@pci-4:0", "name-x"];
        let ids = ids.map(|id| CameraId(id.into()));
        let there: Vec<&CameraId> = ids.iter().collect();
        let find = |wanted: &str| super::find(&CameraId(wanted.into()), &there);
        assert_eq!(find("usb-1-2-B@pci-2:0"), Some(1));
        assert_eq!(find("usb-1-2-A@pci-9:0"), Some(0), "moved");
        assert_eq!(find("usb-3-4@pci-4:0"), Some(3));
        assert_eq!(find("usb-3-4@pci-9:0"), None, "one of two");
        assert_eq!((find("name-x"), find("name-y"), find("usb-1-2-C@pci-1:0")), (Some(4), None, None));
    }
}
