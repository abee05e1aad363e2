//! Checks the settings for organisations that pay: the page's settings find the payer in each provider's tokens, and
//! those who may manage the billing. The tokens are those of the providers' documentation, which the page names.

use std::collections::BTreeMap;

use super::*;

/// A provider's tokens, of which only the claims of organisations and roles are here.
struct Tokens {
    /// As the page's table has it.
    row: &'static str,
    /// The section of the page with the provider's other settings.
    section: &'static str,
    /// The claims of an owner of the organisation `one`.
    owner: Value,
    /// The claims of a member of that organisation.
    member: Value,
    /// The claims of a user who belongs to no organisation, or has chosen none.
    nobody: Value,
    /// Of a user of two organisations who owns `two` and is at work in `one`, and the other way round.
    in_one: Value,
    in_two: Value,
    /// Roles of other types than the provider has.
    wrong: Vec<Value>,
    /// With an empty list of roles, where the provider has lists.
    empty: Option<Value>,
}

fn all() -> Vec<Tokens> {
    vec![
        Tokens {
            row: "Auth0, organizations",
            section: "Auth0",
            owner: json!({"org_id": "one", "permissions": ["manage:billing", "read:posts"]}),
            member: json!({"org_id": "one", "permissions": ["read:posts"]}),
            nobody: json!({"permissions": ["manage:billing"]}),
            in_one: json!({"org_id": "one", "permissions": ["read:posts"]}),
            in_two: json!({"org_id": "two", "permissions": ["manage:billing"]}),
            wrong: vec![
                json!({"org_id": "one", "permissions": {"manage:billing": true}}),
                json!({"org_id": "one", "permissions": ["manage:billing", 1]}),
            ],
            empty: Some(json!({"org_id": "one", "permissions": []})),
        },
        Tokens {
            row: "Clerk, session tokens of version 2",
            section: "Clerk",
            owner: json!({"v": 2, "o": {"id": "one", "slg": "one", "rol": "admin", "per": "read"}}),
            member: json!({"v": 2, "o": {"id": "one", "slg": "one", "rol": "member"}}),
            nobody: json!({"v": 2}),
            in_one: json!({"v": 2, "o": {"id": "one", "rol": "member"}}),
            in_two: json!({"v": 2, "o": {"id": "two", "rol": "admin"}}),
            wrong: vec![
                json!({"o": {"id": "one", "rol": ["admin", null]}}),
                json!({"o": {"id": "one", "rol": true}}),
                json!({"o": {"id": "one", "rol": "org:admin"}}),
            ],
            empty: Some(json!({"o": {"id": "one", "rol": []}})),
        },
        Tokens {
            row: "Clerk, session tokens of version 1",
            section: "Clerk",
            owner: json!({"org_id": "one", "org_slug": "one", "org_role": "org:admin"}),
            member: json!({"org_id": "one", "org_slug": "one", "org_role": "org:member"}),
            nobody: json!({}),
            in_one: json!({"org_id": "one", "org_role": "org:member"}),
            in_two: json!({"org_id": "two", "org_role": "org:admin"}),
            wrong: vec![
                json!({"org_id": "one", "org_role": {"org:admin": {}}}),
                json!({"org_id": "one", "org_role": "admin"}),
            ],
            empty: Some(json!({"org_id": "one", "org_role": []})),
        },
        Tokens {
            row: "WorkOS",
            section: "WorkOS",
            owner: json!({"org_id": "one", "role": "admin", "roles": ["admin"], "permissions": []}),
            member: json!({"org_id": "one", "role": "member", "roles": ["member"]}),
            nobody: json!({"role": "admin", "roles": ["admin"]}),
            in_one: json!({"org_id": "one", "role": "member", "roles": ["member"]}),
            in_two: json!({"org_id": "two", "role": "admin", "roles": ["member", "admin"]}),
            wrong: vec![json!({"org_id": "one", "roles": [{"slug": "admin"}]})],
            empty: Some(json!({"org_id": "one", "role": "admin", "roles": []})),
        },
        Tokens {
            row: "Kinde",
            section: "Kinde",
            owner: json!({"org_code": "one", "permissions": ["manage:billing"]}),
            member: json!({"org_code": "one", "permissions": ["read:posts"]}),
            nobody: json!({"permissions": ["manage:billing"]}),
            in_one: json!({"org_code": "one", "permissions": []}),
            in_two: json!({"org_code": "two", "permissions": ["manage:billing"]}),
            wrong: vec![json!({
                "org_code": "one",
                "permissions": [{"id": "1", "key": "manage:billing", "name": "Manage billing"}],
            })],
            empty: Some(json!({"org_code": "one", "permissions": []})),
        },
        Tokens {
            row: "Supabase",
            section: "Supabase",
            owner: json!({"role": "authenticated", "app_metadata": {"org_id": "one", "org_role": "owner"}}),
            member: json!({
                "role": "authenticated",
                "app_metadata": {"org_id": "one", "org_role": "member"},
                // Members that users write themselves.
                "user_metadata": {"org_id": "two", "org_role": "owner"},
            }),
            nobody: json!({
                "role": "owner",
                "app_metadata": {"provider": "email"},
                "user_metadata": {"org_id": "one", "org_role": "owner"},
            }),
            in_one: json!({"app_metadata": {"org_id": "one", "org_role": "member"}}),
            in_two: json!({"app_metadata": {"org_id": "two", "org_role": "owner"}}),
            wrong: vec![
                json!({"app_metadata": {"org_id": "one", "org_role": {"owner": true}}}),
                json!({"app_metadata": {"org_id": "one", "org_role": 1}}),
            ],
            empty: Some(json!({"app_metadata": {"org_id": "one", "org_role": []}})),
        },
        Tokens {
            row: "Keycloak",
            section: "Keycloak",
            owner: json!({
                "billing_organization": "one",
                "realm_access": {"roles": ["offline_access", "billing-owner"]},
                "resource_access": {"account": {"roles": ["view-profile"]}},
            }),
            member: json!({"billing_organization": "one", "realm_access": {"roles": ["offline_access"]}}),
            nobody: json!({"organization": ["one"], "realm_access": {"roles": ["billing-owner"]}}),
            in_one: json!({
                "billing_organization": "one",
                "organization": ["two", "one"],
                "realm_access": {"roles": ["offline_access"]},
            }),
            in_two: json!({
                "billing_organization": "two",
                "organization": ["one", "two"],
                "realm_access": {"roles": ["billing-owner"]},
            }),
            wrong: vec![
                json!({"billing_organization": "one", "realm_access": ["billing-owner"]}),
                json!({"billing_organization": "one", "realm_access": {"roles": {"billing-owner": 1}}}),
                json!({"billing_organization": "one", "realm_access.roles": ["billing-owner"]}),
            ],
            empty: Some(json!({"billing_organization": "one", "realm_access": {"roles": []}})),
        },
        Tokens {
            row: "Amazon Cognito, groups",
            section: "Amazon Cognito",
            owner: json!({"custom:org_id": "one", "cognito:groups": ["billing-owners", "staff"]}),
            member: json!({"custom:org_id": "one", "cognito:groups": ["staff"]}),
            nobody: json!({"cognito:groups": ["billing-owners"]}),
            in_one: json!({"custom:org_id": "one"}),
            in_two: json!({"custom:org_id": "two", "cognito:groups": ["billing-owners"]}),
            wrong: vec![
                json!({"custom:org_id": "one", "cognito:groups": "[billing-owners]"}),
                json!({"custom:org_id": "one", "cognito:roles": ["billing-owners"]}),
            ],
            empty: Some(json!({"custom:org_id": "one", "cognito:groups": []})),
        },
        Tokens {
            row: "Microsoft Entra ID, app roles",
            section: "Microsoft Entra ID",
            owner: json!({"tid": "one", "oid": "person", "roles": ["Billing.Manage"]}),
            member: json!({"tid": "one", "oid": "person", "scp": "Billing.Manage"}),
            nobody: json!({"oid": "person", "roles": ["Billing.Manage"]}),
            in_one: json!({"tid": "one", "oid": "guest", "roles": ["Posts.Read"]}),
            in_two: json!({"tid": "two", "oid": "person", "roles": ["Billing.Manage"]}),
            wrong: vec![
                json!({"tid": "one", "roles": [["Billing.Manage"]]}),
                json!({"tid": "one", "roles": "Billing.Manage,Posts.Read"}),
            ],
            empty: Some(json!({"tid": "one", "roles": []})),
        },
        Tokens {
            row: "Zitadel",
            section: "Zitadel",
            owner: json!({
                "urn:zitadel:iam:user:resourceowner:id": "one",
                "urn:zitadel:iam:org:project:roles": {"billing-owner": {"one": "one.example.com"}},
                "roles": ["billing-owner"],
            }),
            member: json!({
                "urn:zitadel:iam:user:resourceowner:id": "one",
                "urn:zitadel:iam:org:project:roles": {"user": {"one": "one.example.com"}},
                "roles": ["user"],
            }),
            nobody: json!({"roles": ["billing-owner"]}),
            in_one: json!({
                "urn:zitadel:iam:user:resourceowner:id": "one",
                "urn:zitadel:iam:org:project:roles": {"billing-owner": {"two": "two.example.com"}},
            }),
            in_two: json!({"urn:zitadel:iam:user:resourceowner:id": "two", "roles": ["billing-owner"]}),
            wrong: vec![json!({
                "urn:zitadel:iam:user:resourceowner:id": "one",
                "roles": {"billing-owner": {"one": "one.example.com"}},
            })],
            empty: Some(json!({"urn:zitadel:iam:user:resourceowner:id": "one", "roles": []})),
        },
        Tokens {
            row: "Logto",
            section: "Logto",
            owner: json!({"organization_id": "one", "scope": "read:posts manage:billing"}),
            member: json!({"organization_id": "one", "scope": "read:posts"}),
            nobody: json!({"scope": "manage:billing"}),
            in_one: json!({"organization_id": "one", "scope": ""}),
            in_two: json!({"organization_id": "two", "scope": "manage:billing"}),
            wrong: vec![
                json!({"organization_id": "one", "scope": "manage:billings"}),
                json!({"organization_id": "one", "scope": {"manage:billing": true}}),
            ],
            empty: None,
        },
    ]
}

/// The settings of each row of the page's table.
fn rows() -> BTreeMap<&'static str, [&'static str; 3]> {
    let head = "| Provider | `jwt_user_claim` | `jwt_role_claim` | `billing_roles` |\n| --- | --- | --- | --- |\n";
    let (_, table) = PAGE.split_once(head).unwrap();
    let (table, _) = table.split_once("\n\n").unwrap();
    let row = |line: &'static str| {
        let mut cells = line.trim_matches('|').split(" | ").map(str::trim);
        let provider = cells.next().unwrap();
        let settings = [(); 3].map(|()| cells.next().unwrap().trim_matches('`'));
        (provider, settings)
    };
    table.lines().map(row).collect()
}

impl Tokens {
    /// The provider's settings with those of the table.
    fn example(&self) -> Example {
        let mut example = example(self.section);
        let [user_claim, role_claim, roles] = rows()[self.row];
        example.settings.insert("jwt_user_claim", user_claim);
        example.settings.insert("jwt_role_claim", role_claim);
        example.settings.insert("billing_roles", roles);
        example
    }

    /// A whole token with these claims.
    fn token(example: &Example, claims: &Value) -> Value {
        let mut token = json!({"sub": "person_1", "jti": "token_1"});
        let audience_claim = *example.settings.get("jwt_audience_claim").unwrap_or(&"aud");
        token[audience_claim] = example.settings["jwt_audience"].into();
        for (name, value) in claims.as_object().unwrap() {
            token[name] = value.clone();
        }
        token
    }

    /// Returns the payer that a token with these claims names, and whether its user may manage the billing.
    fn judge(&self, claims: &Value) -> Result<(String, bool), Refusal> {
        let example = self.example();
        let token = Self::token(&example, claims);
        let user = user(&example, &token)?;
        let managers = read(&example).unwrap().auth.managers.unwrap();
        Ok((user, managers.include(token.as_object().unwrap())))
    }
}

#[test]
fn every_row_of_the_table_has_tokens_and_the_other_way_round() {
    let mut tested: Vec<_> = all().iter().map(|tokens| tokens.row).collect();
    tested.sort_unstable();
    assert_eq!(tested, rows().into_keys().collect::<Vec<_>>());
}

#[test]
fn an_owner_manages_the_organisation_and_a_member_does_not() {
    for tokens in all() {
        let one = |manages| Ok(("one".to_owned(), manages));
        assert_eq!(tokens.judge(&tokens.owner), one(true), "{}", tokens.row);
        assert_eq!(tokens.judge(&tokens.member), one(false), "{}", tokens.row);
    }
}

#[test]
fn a_user_without_an_organisation_has_no_billing_of_one() {
    for tokens in all() {
        let judged = tokens.judge(&tokens.nobody);
        assert_eq!(judged, Err(Refusal::UserClaim), "{}", tokens.row);
    }
}

#[test]
fn a_user_of_two_organisations_manages_only_the_one_in_which_they_may() {
    for tokens in all() {
        let (one, two) = (tokens.judge(&tokens.in_one), tokens.judge(&tokens.in_two));
        assert_eq!(one, Ok(("one".to_owned(), false)), "{}", tokens.row);
        assert_eq!(two, Ok(("two".to_owned(), true)), "{}", tokens.row);
    }
}

#[test]
fn a_role_of_another_type_and_an_empty_list_are_none() {
    for tokens in all() {
        for claims in tokens.wrong.iter().chain(&tokens.empty) {
            let judged = tokens.judge(claims);
            assert_eq!(
                judged,
                Ok(("one".to_owned(), false)),
                "{}: {claims}",
                tokens.row
            );
        }
    }
}

#[test]
fn an_organisation_of_another_type_is_none() {
    for tokens in all() {
        let claim = rows()[tokens.row][0];
        for wrong in [
            json!(["one"]),
            json!({"id": "one"}),
            json!(""),
            json!(null),
            json!(true),
            json!(1.5),
        ] {
            let mut claims = tokens.owner.clone();
            let found = if claim.starts_with('/') {
                claims.pointer_mut(claim)
            } else {
                claims.get_mut(claim)
            };
            *found.unwrap() = wrong.clone();
            let judged = tokens.judge(&claims);
            assert_eq!(judged, Err(Refusal::UserClaim), "{}: {wrong}", tokens.row);
        }
    }
}
