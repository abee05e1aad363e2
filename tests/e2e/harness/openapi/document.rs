//! A description as it is written: YAML, with references from one part to another.

use serde_json::{Map, Value};
use yaml_rust2::{Yaml, YamlLoader};

pub(super) struct Document(Value);

impl Document {
    /// Reads one document of YAML. A member that comes twice is an error.
    pub(super) fn parse(yaml: &str) -> Result<Self, String> {
        let documents = YamlLoader::load_from_str(yaml).map_err(|error| error.to_string())?;
        match &documents[..] {
            [document] => json(document).map(Self),
            _ => Err(format!("there are {} documents", documents.len())),
        }
    }

    /// Returns the whole document.
    pub(super) fn root(&self) -> &Value {
        &self.0
    }

    /// The target of a reference (RFC 6901, in a URI fragment); anything else as it is.
    pub(super) fn resolve<'a>(&'a self, value: &'a Value) -> Result<&'a Value, String> {
        let Some(reference) = value.get("$ref").and_then(Value::as_str) else {
            return Ok(value);
        };
        let found = reference
            .strip_prefix('#')
            .and_then(|pointer| self.0.pointer(pointer));
        self.resolve(found.ok_or_else(|| format!("{reference} leads nowhere"))?)
    }

    /// A schema in which each reference has been replaced by what it leads to, beside which all else must hold, too
    /// (JSON Schema, core, section 8.2.3.1). A schema that leads back to itself has no such form.
    pub(super) fn inlined(&self, schema: &Value) -> Result<Value, String> {
        self.inlined_at(schema, 0)
    }

    fn inlined_at(&self, schema: &Value, depth: usize) -> Result<Value, String> {
        if depth > 100 {
            return Err("a schema leads back to itself".to_owned());
        }
        let inlined = |part: &Value| self.inlined_at(part, depth + 1);
        match schema {
            Value::Array(items) => items.iter().map(inlined).collect(),
            Value::Object(members) if members.contains_key("$ref") => {
                let target = inlined(self.resolve(schema)?)?;
                let beside = members.iter().filter(|(name, _)| *name != "$ref");
                let beside: Map<_, _> = beside.map(|(k, v)| (k.clone(), v.clone())).collect();
                if beside.is_empty() {
                    return Ok(target);
                }
                let beside = inlined(&Value::Object(beside))?;
                Ok(serde_json::json!({ "allOf": [target, beside] }))
            }
            Value::Object(members) => {
                let members = members
                    .iter()
                    .map(|(name, member)| Ok((name.clone(), inlined(member)?)));
                members
                    .collect::<Result<Map<_, _>, String>>()
                    .map(Value::Object)
            }
            other => Ok(other.clone()),
        }
    }
}

/// The members of an object that must be there.
pub(super) fn members<'a>(holder: &'a Value, name: &str) -> Result<&'a Map<String, Value>, String> {
    let found = holder.get(name).and_then(Value::as_object);
    found.ok_or_else(|| format!("there is no {name}"))
}

/// YAML as the JSON that it says the same as (YAML 1.2, section 10.2).
fn json(yaml: &Yaml) -> Result<Value, String> {
    match yaml {
        Yaml::Null => Ok(Value::Null),
        Yaml::Boolean(value) => Ok((*value).into()),
        Yaml::Integer(value) => Ok((*value).into()),
        Yaml::String(value) => Ok(value.as_str().into()),
        // Whole numbers that are too large for `Integer` come as these, too.
        Yaml::Real(text) => {
            serde_json::from_str(text).map_err(|_| format!("{text} is not a number of JSON"))
        }
        Yaml::Array(items) => items.iter().map(json).collect(),
        Yaml::Hash(members) => {
            let members = members.iter().map(|(name, member)| match name {
                Yaml::String(name) => Ok((name.clone(), json(member)?)),
                other => Err(format!("a member's name is not text: {other:?}")),
            });
            members.collect::<Result<Map<_, _>, _>>().map(Value::Object)
        }
        Yaml::Alias(_) | Yaml::BadValue => Err("aliases are not read".to_owned()),
    }
}
