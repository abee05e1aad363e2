//! Rust's text as words and marks: enough of its grammar to find paths, and no more.

use std::iter::Peekable;
use std::str::Chars;

/// A piece of Rust's text. Comments are none, nor is what literals say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// A name or a keyword. Numbers are taken for names, which does no harm.
    Word(String),
    /// `::`.
    Path,
    /// A string or a character.
    Literal,
    /// Any other character.
    Mark(char),
}

impl Token {
    pub(crate) fn is_word(&self, word: &str) -> bool {
        matches!(self, Self::Word(text) if text == word)
    }
}

/// The tokens of a file, without the items that are compiled for tests only.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    without_tests(&split(text))
}

fn split(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(first) = rest.next() {
        let next = rest.peek().copied();
        match first {
            '/' if next == Some('/') => skip_line(&mut rest),
            '/' if next == Some('*') => skip_block_comment(&mut rest),
            ':' if next == Some(':') => {
                rest.next();
                tokens.push(Token::Path);
            }
            '"' => {
                skip_string(&mut rest);
                tokens.push(Token::Literal);
            }
            '\'' => tokens.extend(character_or_lifetime(&mut rest)),
            _ if is_part_of_a_word(first) => tokens.push(word_or_literal(first, &mut rest)),
            _ if first.is_whitespace() => {}
            _ => tokens.push(Token::Mark(first)),
        }
    }
    tokens
}

fn is_part_of_a_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn skip_line(rest: &mut Peekable<Chars<'_>>) {
    while rest.next().is_some_and(|character| character != '\n') {}
}

/// Block comments may have others inside.
fn skip_block_comment(rest: &mut Peekable<Chars<'_>>) {
    // The slash has been read, and the star comes next.
    let mut depth = 0_usize;
    let mut last = '/';
    for character in rest.by_ref() {
        let pair = (last, character);
        last = character;
        match pair {
            ('/', '*') => depth += 1,
            ('*', '/') => depth -= 1,
            _ => continue,
        }
        if depth == 0 {
            return;
        }
        // A character counts for one of these marks only: `/*/` does not end where it begins.
        last = ' ';
    }
}

fn skip_string(rest: &mut Peekable<Chars<'_>>) {
    while let Some(character) = rest.next() {
        match character {
            '\\' => {
                rest.next();
            }
            '"' => return,
            _ => {}
        }
    }
}

/// A raw string ends at a quotation mark with as many `#` as came before it.
fn skip_raw_string(hashes: usize, rest: &mut Peekable<Chars<'_>>) {
    let mut seen = None;
    for character in rest.by_ref() {
        seen = match (character, seen) {
            ('"', _) => Some(0),
            ('#', Some(count)) => Some(count + 1),
            _ => None,
        };
        if seen == Some(hashes) {
            return;
        }
    }
}

/// What comes after a `'`: `a'` is a character, `a` alone is a lifetime, which is no token here.
fn character_or_lifetime(rest: &mut Peekable<Chars<'_>>) -> Option<Token> {
    if rest.next() == Some('\\') {
        rest.next();
        while rest.next().is_some_and(|character| character != '\'') {}
        return Some(Token::Literal);
    }
    if rest.next_if_eq(&'\'').is_some() {
        return Some(Token::Literal);
    }
    while rest.next_if(|&next| is_part_of_a_word(next)).is_some() {}
    None
}

/// A word, or the literal whose prefix it is: `b"…"`, `r#"…"#` and the like. `r#type` is the word `type`.
fn word_or_literal(first: char, rest: &mut Peekable<Chars<'_>>) -> Token {
    let mut word = String::from(first);
    while let Some(next) = rest.next_if(|&next| is_part_of_a_word(next)) {
        word.push(next);
    }
    match (word.as_str(), rest.peek()) {
        ("b" | "c", Some('"')) => {
            rest.next();
            skip_string(rest);
            Token::Literal
        }
        ("b", Some('\'')) => {
            rest.next();
            character_or_lifetime(rest).unwrap_or(Token::Literal)
        }
        ("r" | "br" | "cr", Some('"' | '#')) => {
            let mut hashes = 0;
            while rest.next_if_eq(&'#').is_some() {
                hashes += 1;
            }
            if rest.next_if_eq(&'"').is_some() {
                skip_raw_string(hashes, rest);
                return Token::Literal;
            }
            let mut word = String::new();
            while let Some(next) = rest.next_if(|&next| is_part_of_a_word(next)) {
                word.push(next);
            }
            Token::Word(word)
        }
        _ => Token::Word(word),
    }
}

/// Leaves out every item below `#[cfg(test)]`.
fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let only_tests = split("#[cfg(test)]");
    let mut kept = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if tokens[at..].starts_with(&only_tests) {
            at = end_of_item(tokens, at + only_tests.len());
        } else {
            kept.push(token.clone());
            at += 1;
        }
    }
    kept
}

/// Where the item that begins here ends: behind a `;`, or behind the `}` of a body. The braces of `use` are no body.
fn end_of_item(tokens: &[Token], begin: usize) -> usize {
    let mut depth = 0_usize;
    let mut is_use = false;
    for (at, token) in tokens.iter().enumerate().skip(begin) {
        match token {
            Token::Mark('(' | '[' | '{') => depth += 1,
            // The end of what this item is in.
            Token::Mark(')' | ']' | '}') if depth == 0 => return at,
            Token::Mark('}') if depth == 1 && !is_use => return at + 1,
            Token::Mark(')' | ']' | '}') => depth -= 1,
            Token::Mark(';') if depth == 0 => return at + 1,
            word => is_use |= depth == 0 && word.is_word("use"),
        }
    }
    tokens.len()
}

#[cfg(test)]
mod tests {
    use super::{Token, tokens};

    fn words(text: &str) -> Vec<String> {
        let words = tokens(text).into_iter().filter_map(|token| match token {
            Token::Word(word) => Some(word),
            _ => None,
        });
        words.collect()
    }

    #[test]
    fn comments_and_literals_have_no_words() {
        for (text, expected) in [
            ("a // b\nc", "a c"),
            ("a /* b /* c */ d */ e", "a e"),
            ("a /*/ b */ c", "a c"),
            ("a \"b \\\" c\" d", "a d"),
            ("a \"b \\\\\" c", "a c"),
            ("a r#\"b \" c\"# d", "a d"),
            ("a r\"\\\" d", "a d"),
            ("a br##\"b \"# c\"## d", "a d"),
            ("a b\"c\" b'd' b'\\'' e", "a e"),
            ("a 'b' '\\'' '\\u{1F600}' '\"' c", "a c"),
            ("fn a<'b>(c: &'b d)", "fn a c d"),
            ("r#type", "type"),
        ] {
            assert_eq!(words(text).join(" "), expected, "{text}");
        }
    }

    #[test]
    fn what_is_for_tests_only_is_left_out() {
        for (text, expected) in [
            ("#[cfg(test)] mod a; b", "b"),
            ("#[cfg(test)] mod a { fn b() { c } } d", "d"),
            ("#[cfg(test)] #[path = \"x\"] mod a; b", "b"),
            ("#[cfg(test)] use a::{b, c}; d", "d"),
            ("#[cfg(test)] pub(crate) fn a(b: [u8; 3]) -> c { d } e", "e"),
            ("mod a { b #[cfg(test)] c } d", "mod a b d"),
            ("#[cfg(not(test))] a", "cfg not test a"),
        ] {
            assert_eq!(words(text).join(" "), expected, "{text}");
        }
    }
}
