/** What of wot-design-uni does not come along, as it is nowhere shown: its icons, a font of 54 kB on a CDN, and the buttons
 * of its signature, which would bring uni's own into the program. */
import type { Plugin } from 'vite'

const LEFT_OUT: Record<string, RegExp> = {
  'wd-icon/wd-icon.vue': /@import '\.\/index\.scss';/,
  'wd-signature/wd-signature.vue': /(?<=:history-list="lines"\s*>)[\s\S]*?(?=<\/slot>)/,
}

export function leanWot(): Plugin {
  return {
    name: 'shandu-lean-wot',
    enforce: 'pre',
    transform(code, id) {
      const part = LEFT_OUT[id.split('wot-design-uni/components/')[1] ?? '']
      if (!part) return null
      // should a newer version spell it otherwise, nobody would notice
      if (!part.test(code)) throw new Error(`${id}: where is ${part}?`)
      return { code: code.replace(part, ''), map: null }
    },
  }
}
