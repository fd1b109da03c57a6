//! Changes JSON as JSON: few bytes changed anywhere leave a document that is still one.

use libfuzzer_sys::fuzzer_mutate;
use serde_json::{Value, json};

/// Texts that mean something somewhere in documents.
const TEXTS: [&str; 20] = [
    "",
    "*",
    "/",
    "/a",
    "/a/",
    "a.example",
    "*.example",
    "default",
    "default/g",
    "default/s",
    ".*",
    "(a|b)+",
    "(",
    "..",
    "/%2e",
    "spiffe://a/b",
    "10.0.0.0/8",
    "::1",
    "80",
    "\u{e4}\r\n",
];

/// Changes `data[..size]`, JSON and what follows a NUL, and gives the new size.
pub fn mutate(data: &mut [u8], size: usize, most: usize, seed: u32) -> usize {
    let mut random = Random(u64::from(seed) << 1 | 1);
    let given = &data[..size];
    let end = given.iter().position(|&byte| byte == 0).unwrap_or(size);
    let tree = serde_json::from_slice::<Value>(&given[..end]);
    let Some(mut tree) = tree.ok().filter(|_| random.below(5) > 0) else {
        return fuzzer_mutate(data, size, most);
    };
    for _ in 0..=random.below(3) {
        let other = node(&mut tree, &mut random).clone();
        change(node(&mut tree, &mut random), other, &mut random);
    }
    let mut changed = tree.to_string().into_bytes();
    changed.extend_from_slice(&given[end..]);
    if changed.len() > most.min(data.len()) {
        return fuzzer_mutate(data, size, most);
    }
    data[..changed.len()].copy_from_slice(&changed);
    changed.len()
}

/// Any node.
fn node<'v>(tree: &'v mut Value, random: &mut Random) -> &'v mut Value {
    let mut left = random.below(count(tree));
    nth(tree, &mut left).expect("fewer than there are")
}

fn count(tree: &Value) -> usize {
    1 + match tree {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    }
}

fn nth<'v>(tree: &'v mut Value, left: &mut usize) -> Option<&'v mut Value> {
    if *left == 0 {
        return Some(tree);
    }
    *left -= 1;
    match tree {
        Value::Array(items) => items.iter_mut().find_map(|item| nth(item, left)),
        Value::Object(fields) => fields.values_mut().find_map(|field| nth(field, left)),
        _ => None,
    }
}

fn change(node: &mut Value, other: Value, random: &mut Random) {
    match (node, other, random.below(4)) {
        (Value::Object(fields), Value::Object(others), 0 | 1) => fields.extend(others),
        (Value::Object(fields), _, 2) if !fields.is_empty() => {
            let name = fields.keys().nth(random.below(fields.len()));
            fields.remove(&name.expect("fewer than there are").clone());
        }
        (Value::Array(items), Value::Array(others), 0) => items.extend(others),
        (Value::Array(items), _, 1) if !items.is_empty() => {
            items.swap_remove(random.below(items.len()));
        }
        (Value::Array(items), _, 2) if !items.is_empty() => {
            let item = items[random.below(items.len())].clone();
            items.push(item);
        }
        (Value::Array(items), other, 3) => items.push(other),
        (Value::String(text), Value::String(other), 0) => text.push_str(&other),
        (Value::String(text), _, 1 | 2) => TEXTS[random.below(TEXTS.len())].clone_into(text),
        (Value::Bool(flag), ..) => *flag = !*flag,
        (Value::Number(number), _, 0..3) => {
            let numbers = [
                json!(0),
                json!(1),
                json!(80),
                json!(65_535),
                json!(-1),
                json!(u64::MAX),
                json!(1e300),
            ];
            if let Value::Number(other) = &numbers[random.below(numbers.len())] {
                *number = other.clone();
            }
        }
        (node, other, _) => *node = other,
    }
}

/// Marsaglia's xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or_default() % end
    }
}
