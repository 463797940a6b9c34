/** Bringing a place of the page into sight. */
const SPACE_PX = 12
const WITHIN_MS = 200

interface Box {
  top: number
  height: number
}

/** Scroll until the place is in sight below `bar`, which sticks to the page's top. Selectors; resolves when it began. */
export async function showAt(place: string, bar = ''): Promise<void> {
  const [at, over, view] = await new Promise<[Box | null, Box | null, { scrollTop: number }]>((resolve) => {
    uni.createSelectorQuery().select(place).boundingClientRect().select(bar || place).boundingClientRect().selectViewport().scrollOffset(() => {})
      .exec((found: unknown) => resolve(found as [Box | null, Box | null, { scrollTop: number }]))
  })
  if (!at) return
  const covered = bar ? (over?.height ?? 0) : 0
  uni.pageScrollTo({ scrollTop: Math.max(0, at.top + view.scrollTop - covered - SPACE_PX), duration: WITHIN_MS })
}
