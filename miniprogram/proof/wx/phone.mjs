/** A phone with WeChat: `window.phone` is what the test says of it, and may change while the program runs.
 *
 * user: whose it is · servers: declared origins and where they are · declared: the privacy guide's interfaces ·
 * scan: what a code says, or denied, missing · camera, album: a picture in base64, or denied, missing · place: latitude
 * and longitude, or null · login: a code to be given once instead of a fresh one · keyBytes, fileBytes: how much room there is · mostMs: how long an answer may
 * take at most · page: which page a link opened.
 */
import { later, No } from './calls.mjs'
import { fileSystem } from './files.mjs'
import { network } from './network.mjs'
import { person } from './person.mjs'
import { toast, ask } from './screens.mjs'
import { storage } from './storage.mjs'
import { openStore } from './store.mjs'

export async function makePhone(program, nav) {
  const settings = window.phone
  const store = await openStore()
  const files = fileSystem(store, settings)
  const human = person(program.app, settings, store, files)
  let launch = {}
  const wx = {
    ...system(() => launch), ...storage(store, settings), ...files.api, ...network(settings), ...human.api, ...moving(nav), ...showing(nav, files),
  }
  window.wx = wx
  return { wx, settings, picture: files.picture, tapped: human.tapped, opened: human.opened, launched: (given) => { launch = given } }
}

function system(launch) {
  const screen = () => ({
    pixelRatio: devicePixelRatio, windowWidth: innerWidth, windowHeight: innerHeight - 44, screenWidth: innerWidth, screenHeight: innerHeight, statusBarHeight: 20, screenTop: 44,
    safeArea: { left: 0, top: 20, right: innerWidth, bottom: innerHeight, width: innerWidth, height: innerHeight - 20 },
  })
  const device = () => ({ brand: 'HUAWEI', model: 'STK-AL00', system: 'Android 10', platform: 'android', benchmarkLevel: 12, abi: 'arm64' })
  const base = () => ({ SDKVersion: '3.8.12', version: '8.0.50', language: 'zh_CN', fontSizeSetting: 16, fontSizeScaleFactor: 1, host: { env: 'WeChat' }, theme: matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light' })
  const all = () => ({ ...screen(), ...device(), ...base(), deviceOrientation: 'portrait' })
  return {
    getWindowInfo: screen, getDeviceInfo: device, getAppBaseInfo: base, getSystemInfoSync: all, getSystemInfo: later('getSystemInfo', {}, all),
    getSystemSetting: () => ({ bluetoothEnabled: false, locationEnabled: true, wifiEnabled: true, deviceOrientation: 'portrait' }),
    getAppAuthorizeSetting: () => ({ cameraAuthorized: 'authorized', locationAuthorized: 'authorized', microphoneAuthorized: 'not determined' }),
    getAccountInfoSync: () => ({ miniProgram: { appId: 'touristappid', envVersion: 'develop', version: '' } }),
    getLaunchOptionsSync: launch, getEnterOptionsSync: launch,
    getMenuButtonBoundingClientRect: () => ({ top: 4, bottom: 36, left: 290, right: 380, width: 87, height: 32 }),
    canIUse: () => true, nextTick: (act) => { queueMicrotask(act) },
    setKeepScreenOn: later('setKeepScreenOn', { keepScreenOn: 'Boolean!' }, () => ({})),
    vibrateShort: later('vibrateShort', { type: 'String!' }, () => ({})),
    onThemeChange: (heard) => matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => heard({ theme: base().theme })),
    ...Object.fromEntries(['AppShow', 'AppHide', 'Error', 'UnhandledRejection', 'PageNotFound', 'MemoryWarning', 'WindowResize', 'KeyboardHeightChange'].flatMap((one) => [[`on${one}`, () => {}], [`off${one}`, () => {}]])),
    // a real one fetches what it is told to, from wherever that is
    preloadAssets: ({ data }) => { for (const { src } of data) new Image().src = src },
    getUpdateManager: () => ({ onCheckForUpdate() {}, onUpdateReady() {}, onUpdateFailed() {}, applyUpdate() {} }),
  }
}

function moving(nav) {
  const go = (name, act, wanted = { url: 'String!' }) => later(name, wanted, (given) => {
    try {
      act(given)
    } catch (refused) {
      throw new No(refused.message)
    }
  })
  const anew = ({ url }) => { while (nav.depth()) nav.close(); nav.open(url) }
  return {
    navigateTo: go('navigateTo', ({ url }) => nav.open(url), { url: 'String!', events: 'Object' }),
    redirectTo: go('redirectTo', ({ url }) => { nav.close(); nav.open(url) }),
    reLaunch: go('reLaunch', anew),
    navigateBack: go('navigateBack', nav.back, { delta: 'Number' }),
    pageScrollTo: go('pageScrollTo', nav.scrollTo, { selector: 'String', scrollTop: 'Number', duration: 'Number', offsetTop: 'Number' }),
  }
}

function showing(nav, files) {
  return {
    showToast: later('showToast', { title: 'String!', icon: 'String', image: 'String', duration: 'Number', mask: 'Boolean' }, ({ title, duration = 1500 }) => { toast(title); setTimeout(() => toast(''), duration) }),
    hideToast: later('hideToast', {}, () => toast('')),
    showLoading: later('showLoading', { title: 'String!', mask: 'Boolean' }, ({ title }) => toast(title)),
    hideLoading: later('hideLoading', { noConflict: 'Boolean' }, () => toast('')),
    showModal: later('showModal', { title: 'String', content: 'String', showCancel: 'Boolean', cancelText: 'String', confirmText: 'String', cancelColor: 'String', confirmColor: 'String', editable: 'Boolean', placeholderText: 'String' }, async ({ title = '', content = '', showCancel = true, cancelText = '取消', confirmText = '确定' }) => {
      const answer = await ask(title, content, [...(showCancel ? [cancelText] : []), confirmText])
      return { confirm: answer === confirmText, cancel: answer !== confirmText }
    }),
    makePhoneCall: later('makePhoneCall', { phoneNumber: 'String!' }, async ({ phoneNumber }) => { await ask('拨打电话', phoneNumber, ['关闭']) }),
    showActionSheet: later('showActionSheet', { itemList: 'Array!', alertText: 'String', itemColor: 'String' }, async ({ itemList }) => {
      const answer = await ask('', '', [...itemList, '取消'])
      if (answer === '取消') throw new No('cancel')
      return { tapIndex: itemList.indexOf(answer) }
    }),
    setNavigationBarTitle: later('setNavigationBarTitle', { title: 'String!' }, ({ title }) => { document.querySelector('#title').textContent = title }),
    createSelectorQuery: () => query(nav, files),
    createIntersectionObserver: () => ({ relativeTo() { return this }, relativeToViewport() { return this }, observe() {}, disconnect() {} }),
  }
}

function query(nav, files) {
  let component = null
  const asked = []
  const of = (selector) => {
    const node = (fields, told) => { asked.push({ selector, component, fields, told }); return self }
    return { fields: node, boundingClientRect: (told) => node({ rect: true, size: true }, told), node: (told) => node({ node: true }, told), scrollOffset: (told) => node({ scrollOffset: true }, told) }
  }
  const self = {
    in(given) { component = given; return self },
    select: of, selectAll: of, selectViewport: () => of(null),
    exec(done) {
      setTimeout(() => {
        const found = asked.map((one) => measured(nav, files, one))
        found.forEach((one, n) => asked[n].told?.(one))
        done?.(found)
      })
    },
  }
  return self
}

function measured(nav, files, { selector, component, fields }) {
  const element = selector === null ? document.documentElement : nav.find(component, selector)
  if (!element) return null
  const { left, top, right, bottom, width, height } = element.getBoundingClientRect()
  return {
    ...(fields.node ? { node: files.withPictures(element.querySelector('canvas')) } : {}),
    ...(fields.rect ? { left, top, right, bottom } : {}),
    ...(fields.size ? { width, height } : {}),
    ...(fields.scrollOffset ? { scrollLeft: scrollX, scrollTop: scrollY } : {}),
  }
}
