//! Lists of paths: texts, and templates such as `/users/{*}/files/{**}`.

use super::text::TextSet;

/// The operator for one segment that is not empty.
const ONE: &str = "{*}";
/// The operator for any text, slashes included; at most one in a template, after every [`ONE`].
const REST: &str = "{**}";

/// A list of paths.
#[derive(Clone, Debug, Default)]
pub(super) struct PathSet {
    texts: TextSet,
    templates: Box<[Template]>,
}

impl PathSet {
    /// The set of `paths`.
    ///
    /// # Errors
    /// The position of a path that is a wrong template, and why.
    pub(super) fn new(paths: &[String]) -> Result<Self, (usize, &'static str)> {
        let mut texts = Vec::new();
        let mut templates = Vec::new();
        for (index, path) in paths.iter().enumerate() {
            if path.contains(['{', '}']) {
                templates.push(Template::new(path).map_err(|reason| (index, reason))?);
            } else {
                texts.push(path.as_str());
            }
        }
        Ok(Self {
            texts: TextSet::new(texts),
            templates: templates.into(),
        })
    }

    /// Whether `path`, without query, is in the list.
    pub(super) fn matches(&self, path: &str) -> bool {
        self.texts.matches(path.as_bytes())
            || self.templates.iter().any(|template| template.matches(path))
    }
}

/// A path whose operators stand for whole segments.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Template {
    /// The segments up to the end, or up to [`REST`]; `None` is [`ONE`].
    segments: Box<[Option<Box<str>>]>,
    /// What follows [`REST`], with its slash; `None` without that operator.
    tail: Option<Box<str>>,
}

impl Template {
    fn new(text: &str) -> Result<Self, &'static str> {
        let rooted = text
            .strip_prefix('/')
            .ok_or("a path template must begin with `/`")?;
        let (head, tail) = match rooted.split_once(REST) {
            Some((head, tail)) => (
                head.strip_suffix('/').or(head.is_empty().then_some("")),
                Some(tail),
            ),
            None => (Some(rooted), None),
        };
        let whole =
            "`{*}` and `{**}` must be whole segments, and the only ones with `{`, `}` or `*`";
        let head = head.ok_or(whole)?;
        let tail_is_rooted = tail.is_none_or(|tail| tail.is_empty() || tail.starts_with('/'));
        if tail.is_some_and(|tail| tail.contains(ONE) || tail.contains(REST)) {
            return Err("`{**}` must be the last operator of a path template");
        }
        if !tail_is_rooted || tail.is_some_and(|tail| tail.contains(['{', '}', '*'])) {
            return Err(whole);
        }
        let no_segments = tail.is_some() && head.is_empty() && !rooted.starts_with('/');
        let segments = (!no_segments)
            .then(|| head.split('/'))
            .into_iter()
            .flatten();
        let segment = |segment: &str| match segment {
            ONE => Ok(None),
            literal if literal.contains(['{', '}', '*']) => Err(whole),
            literal => Ok(Some(literal.into())),
        };
        Ok(Self {
            segments: segments.map(segment).collect::<Result<_, _>>()?,
            tail: tail.map(Into::into),
        })
    }

    /// Nothing is tried twice: what precedes [`REST`] has a fixed number of segments, and what
    /// follows it is text without operators.
    fn matches(&self, path: &str) -> bool {
        let mut rest = path;
        for segment in &self.segments {
            let Some(text) = rest.strip_prefix('/') else {
                return false;
            };
            let end = memchr::memchr(b'/', text.as_bytes()).unwrap_or(text.len());
            let found = &text[..end];
            let holds = match segment {
                None => !found.is_empty(),
                Some(literal) => **literal == *found,
            };
            if !holds {
                return false;
            }
            rest = &text[end..];
        }
        match &self.tail {
            None => rest.is_empty(),
            Some(tail) => rest
                .strip_prefix('/')
                .is_some_and(|rest| rest.ends_with(&**tail)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(template: &str, path: &str) -> bool {
        Template::new(template).expect(template).matches(path)
    }

    #[test]
    fn one_segment() {
        assert!(matches("/foo/{*}", "/foo/bar"));
        assert!(!matches("/foo/{*}", "/foo/bar/baz"));
        assert!(!matches("/foo/{*}", "/foo/"));
        assert!(!matches("/foo/{*}", "/foo"));
        assert!(matches("/{*}", "/a"));
        assert!(matches("/a/{*}/b/{*}", "/a/1/b/2"));
        assert!(!matches("/a/{*}/b/{*}", "/a/1/c/2"));
        assert!(matches("/a/{*}/", "/a/1/"));
        assert!(!matches("/a/{*}/", "/a/1"));
    }

    #[test]
    fn any_number_of_segments() {
        assert!(matches("/foo/{**}/", "/foo/bar/"));
        assert!(matches("/foo/{**}/", "/foo/bar/baz.txt/"));
        assert!(matches("/foo/{**}/", "/foo//"));
        assert!(!matches("/foo/{**}/", "/foo/bar"));
        assert!(matches("/foo/{*}/bar/{**}", "/foo/buzz/bar/"));
        assert!(matches("/foo/{*}/bar/{**}", "/foo/buzz/bar/baz/x"));
        assert!(!matches("/foo/{*}/bar/{**}", "/foo/buzz/bar"));
        assert!(matches("/{**}", "/"));
        assert!(matches("/{**}", "/a/b"));
        assert!(!matches("/{**}", ""));
        assert!(matches("//{**}", "//a"));
        assert!(!matches("//{**}", "/a"));
        assert!(matches("/a/{**}/z", "/a/b/c/z"));
        assert!(!matches("/a/{**}/z", "/a/z"));
    }

    #[test]
    fn refuses_what_is_no_template() {
        for wrong in [
            "/*/baz/{*}",
            "/**/baz/{*}",
            "/{**}/foo/{*}",
            "/{**}/{**}",
            "/foo/{*}.txt",
            "/foo/x{*}",
            "foo/{*}",
            "/foo/{x}",
            "/foo/{",
            "/foo/}",
            "/foo/{***}",
            "/a{**}",
            "/{**}a",
            "/{*}{*}",
            "/{*}{**}",
            "/a*/{**}",
            "/{**}/b*",
        ] {
            assert!(Template::new(wrong).is_err(), "{wrong}");
        }
    }
}
