// Who is signed in. In a product this is the identity provider's SDK; here the development run signs its users in.

const KEY = "signed-in-user";
/** A token is used for as long, in milliseconds, and then asked for anew. It is valid for longer. */
const TOKEN_LIFETIME = 5 * 60 * 1000;

let users = [];
let token = null;

/** Loads the users that can be signed in. The choice survives the way to the portal and back. */
export async function loadUsers() {
  const response = await fetch("/dev/users", { cache: "no-store" });
  if (!response.ok) throw new Error(`The users cannot be loaded: ${response.status}`);
  users = await response.json();
  return users;
}

/** The user who is signed in: the first one, until another is chosen. */
export function currentUser() {
  const chosen = localStorage.getItem(KEY);
  return users.find((user) => user.id === chosen) ?? users[0];
}

/** Signs in another user, or the same one again. */
export function signIn(id) {
  localStorage.setItem(KEY, id);
  token = null;
}

/** The access token of the current user. It is kept in memory alone, where no other page finds it. */
export async function getToken() {
  if (token && Date.now() - token.at < TOKEN_LIFETIME) return token.value;
  const user = currentUser().id;
  const response = await fetch(`/dev/tokens/${user}`, { method: "POST", cache: "no-store" });
  if (!response.ok) throw new Error(`${user} cannot be signed in: ${response.status}`);
  const value = (await response.json()).token;
  // Somebody else may have been signed in meanwhile; this token is not theirs.
  if (currentUser().id !== user) return getToken();
  token = { value, at: Date.now() };
  return value;
}
