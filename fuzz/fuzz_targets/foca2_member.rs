#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| foca_fuzz::drive("foca2_member", input));
