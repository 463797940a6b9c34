/** Small choices and the session: read before anything else is, so they are kept where reading is immediate. */
export function kept<T>(name: string): T | null {
  const value: unknown = uni.getStorageSync(`shandu:${name}`)
  return value === '' || value === undefined || value === null ? null : (value as T)
}

export function keep(name: string, value: unknown): void {
  try {
    uni.setStorageSync(`shandu:${name}`, value)
  } catch {
    // a full phone forgets a choice, and asks again
  }
}

export function forget(name: string): void {
  uni.removeStorageSync(`shandu:${name}`)
}
