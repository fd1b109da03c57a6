//! Defaults that are left out of documents.

pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

pub(super) fn one() -> u32 {
    1
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
pub(super) fn is_one(weight: &u32) -> bool {
    *weight == 1
}

pub(super) fn yes() -> bool {
    true
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
pub(super) fn is_yes(value: &bool) -> bool {
    *value
}

pub(super) fn everyone() -> String {
    "*".to_owned()
}

pub(super) fn is_everyone(audience: &str) -> bool {
    audience == "*"
}

pub(super) fn all_percent() -> f64 {
    100.0
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    clippy::float_cmp,
    reason = "serde passes a reference; exactly the default is left out"
)]
pub(super) fn is_all_percent(percent: &f64) -> bool {
    *percent == 100.0
}
