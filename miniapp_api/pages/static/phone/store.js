/** What a phone keeps when the page is closed: its session, what is being filled in, what WeChat was told. */
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

/** Everything kept under names that begin so. */
export function allKept(user, beginning) {
  const first = key(user, beginning);
  return Object.keys(localStorage).filter((one) => one.startsWith(first)).sort()
    .map((one) => kept(user, one.slice(key(user, "").length))).filter(Boolean);
}
