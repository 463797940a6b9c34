/** What WeChat DevTools opens as it is: the project's file and the site map, with what the build was told. */
import fs from 'node:fs'
import path from 'node:path'
import { loadEnv, type Plugin } from 'vite'

const COMPONENT = /\/src\/components\/[^/]+\.vue$/

/** A component of WeChat's has an element of its own around it, inline, which a browser has not. Without it both lay
 * a page out alike; what a page gives to the element goes to the component's root (`mergeVirtualHostAttributes`). */
export function noHosts(): Plugin {
  return {
    name: 'shandu-no-hosts',
    enforce: 'pre',
    transform(code, id) {
      if (!COMPONENT.test(id)) return null
      return { code: code.replace(/<script setup[^>]*>/, (tag) => `${tag}\ndefineOptions({ options: { virtualHost: true } })`), map: null }
    },
  }
}

export function wechat(): Plugin {
  let out = ''
  let given: Record<string, string> = {}
  return {
    name: 'shandu-wechat',
    enforce: 'post',
    configResolved(config) {
      out = path.resolve(config.root, config.build.outDir)
      given = loadEnv(config.mode, config.root, 'VITE_')
    },
    closeBundle() {
      const file = path.join(out, 'project.config.json')
      const project = JSON.parse(fs.readFileSync(file, 'utf8'))
      project.appid = given.VITE_WECHAT_APPID || project.appid
      // a demonstration on this machine is in no account's list of servers
      project.setting.urlCheck = (given.VITE_API_ORIGIN ?? '').startsWith('https://')
      fs.writeFileSync(file, `${JSON.stringify(project, null, 2)}\n`)
      // a person's duties are nothing to be found by searching
      fs.writeFileSync(path.join(out, 'sitemap.json'), `${JSON.stringify({ rules: [{ action: 'disallow', page: '*' }] }, null, 2)}\n`)
    },
  }
}
