/** No third-party address at run time: uni-h5 names a shadow image on a CDN, and uni-mp-weixin fetches one from there
 * three seconds after every start, with its host spelt in character codes and the app's id in the address. */
import type { Plugin } from 'vite'

const HOSTS = /url\(\s*["']?(?:https?:)?\/\/cdn\.dcloud\.net\.cn[^)]*\)/g
const FETCHES = 'isFunction(wx.preloadAssets)'

export function nothingFromElsewhere(): Plugin {
  return {
    name: 'nothing-from-elsewhere',
    enforce: 'post',
    transform(code, id) {
      if (!id.includes('uni-mp-weixin/dist/uni.mp.esm.js')) return null
      // should a newer version spell it otherwise, nobody would notice
      if (!code.includes(FETCHES)) throw new Error(`${id}: where is preloadAssets?`)
      return { code: code.replace(FETCHES, 'false'), map: null }
    },
    generateBundle(_, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type === 'asset' && typeof file.source === 'string' && /\.(css|wxss)$/.test(file.fileName)) file.source = file.source.replace(HOSTS, 'none')
      }
    },
  }
}
