//! Templates over application variables: `{{ name }}` stands for the variable's value.

use std::fmt;

use anyhow::{Result, bail};

/// A text with places for application variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Variable(String),
}

impl Template {
    /// Reads a template. A `{{` without a `}}` after it is an error.
    pub fn parse(text: &str) -> Result<Self> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((name, after)) = after.split_once("}}") else {
                bail!("a template has `{{{{` without `}}}}`");
            };
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            parts.push(Part::Variable(name.trim().to_owned()));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self(parts))
    }

    /// Returns the variables that it has, in order, with repetitions.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Variable(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// Returns the text with a value in each place. `value` gives the value of a variable by its name.
    pub fn render<E>(&self, value: impl Fn(&str) -> Result<String, E>) -> Result<String, E> {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Variable(name) => text.push_str(&value(name)?),
            }
        }
        Ok(text)
    }
}

/// Writes the template as it may be written in a manifest.
impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| match part {
            Part::Text(text) => f.write_str(text),
            Part::Variable(name) => write!(f, "{{{{ {name} }}}}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Template;

    #[track_caller]
    fn rendered(template: &str) -> String {
        let value = |name: &str| match name {
            "a" => Ok("1".to_owned()),
            "b" => Ok("{{ a }}".to_owned()),
            other => Err(other.to_owned()),
        };
        Template::parse(template).unwrap().render(value).unwrap()
    }

    #[test]
    fn each_place_takes_its_variable_with_or_without_spaces() {
        assert_eq!(rendered("{{ a }}"), "1");
        assert_eq!(rendered("x{{a}}y{{  a  }}z"), "x1y1z");
        assert_eq!(rendered("plain"), "plain");
        assert_eq!(rendered(""), "");
    }

    #[test]
    fn a_value_is_not_a_template_itself() {
        assert_eq!(rendered("{{ b }}"), "{{ a }}");
    }

    #[test]
    fn single_braces_are_text() {
        assert_eq!(rendered("{a} }} {"), "{a} }} {");
    }

    #[test]
    fn the_error_of_a_value_is_the_error_of_the_text() {
        let template = Template::parse("{{ a }}{{ c }}").unwrap();
        let result = template.render(|name| {
            if name == "c" {
                Err("no c")
            } else {
                Ok(String::new())
            }
        });
        assert_eq!(result, Err("no c"));
    }
}
