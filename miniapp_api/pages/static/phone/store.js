/** What a phone keeps when the page is closed: its session and the visit being filled in. */
function key(user, name) {
  return `shandu:${user}:${name}`;
}

export function keep(user, name, value) {
  try {
    localStorage.setItem(key(user, name), JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

export function kept(user, name) {
  try {
    return JSON.parse(localStorage.getItem(key(user, name)));
  } catch {
    return null;
  }
}

export function forget(user, name) {
  localStorage.removeItem(key(user, name));
}
