//! Lane files.

/// A lane that is a portal alone, without a policy.
pub fn portal_lane(link: &str, isolation: &str) -> String {
    format!(
        r#"[lane]
name = "in-01"
max_speed_kmh = 17

[[device]]
name = "portal"
model = "tsa.vm250"
link = "{link}"
at_m = 12.0
isolation = "{isolation}"
"#
    )
}

/// A lane with a portal in this process, lights and a barrier in a child. The policy asks for radiation alone, so
/// that every vehicle without an alarm is released. Coils: 0 red, 1 green, 2 barrier open.
pub fn guarded_lane(portal: &str, io: &str) -> String {
    format!(
        r#"[lane]
name = "in-01"
max_speed_kmh = 120
clear_s = 120.0

[[device]]
name = "portal"
model = "tsa.vm250"
link = "{portal}"
at_m = 12.0
isolation = "none"

[[device]]
name = "io"
model = "modbus.io"
link = "{io}"
isolation = "process"

[device.settings]
map = "moxa-e1212"
unit = 1
poll_ms = 20
outputs = [
    {{ name = "light_red", point = 0, safe = "on" }},
    {{ name = "light_green", point = 1, safe = "off" }},
    {{ name = "barrier_up", point = 2, safe = "off" }},
]

[[bind]]
role = "signal.red"
device = "io"
point = "light_red"

[[bind]]
role = "signal.green"
device = "io"
point = "light_green"

[[bind]]
role = "barrier.open"
device = "io"
point = "barrier_up"

[policy]
require = ["radiation"]
"#
    )
}
