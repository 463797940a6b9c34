/** What WeChat asks the person about: privacy, the place, the camera, the album, the number, messages. */
import { No, fault, later } from './calls.mjs'
import { ask } from './screens.mjs'

// wx.getLocation and the like need the app's declaration, the person's agreement to the privacy guide, and their leave
const SCOPES = { getLocation: 'scope.userLocation', getFuzzyLocation: 'scope.userFuzzyLocation', saveImageToPhotosAlbum: 'scope.writePhotosAlbum' }
const LOCATIONS = new Set(['getLocation', 'getFuzzyLocation', 'chooseLocation', 'choosePoi', 'chooseAddress', 'onLocationChange', 'startLocationUpdate'])
const MOST_TEMPLATES = 3

export function person(app, settings, { keys }, { pass, bytesOf }) {
  const kept = (name) => JSON.parse(keys.held.get(`wechat:${name}`) ?? '{}')
  const keep = (name, value) => keys.put(`wechat:${name}`, JSON.stringify(value))
  const needs = []
  let agreedBy = null
  let tapIs = false
  let inTap = false

  /** Of the person's tap: over when the tap's own handlers are. uni runs them one turn later, and that is a tap, too. */
  function tapped() {
    tapIs = true
    setTimeout(() => setTimeout(() => { tapIs = false }))
  }

  document.addEventListener('click', tapped, { capture: true })

  /** The privacy guide: what is not in it is refused; the person agrees to it once. */
  async function privacy(api) {
    if (!settings.declared.includes(api)) {
      fault(`${api} is not in the privacy guide`)
      throw new No('api scope is not declared in the privacy agreement', { errno: 112 })
    }
    if (kept('privacy').agreed) return
    const answer = needs.length ? await inTheirWords(api) : await ask('用户隐私保护提示', '请阅读并同意《膳督小程序隐私保护指引》', ['拒绝', '同意'])
    if (answer !== '同意') throw new No('privacy permission is not authorized', { errno: 104 })
    await keep('privacy', { agreed: true })
  }

  /** The program asks itself; an agreement counts after a tap on the very button that it names. */
  function inTheirWords(api) {
    agreedBy = null
    return new Promise((resolve) => needs[0](({ event, buttonId }) => {
      if (event === 'exposureAuthorization') return
      if (event === 'agree' && (!buttonId || buttonId !== agreedBy)) fault(`agreed by ${buttonId}, and ${agreedBy} was tapped`)
      resolve(event === 'agree' && buttonId === agreedBy ? '同意' : '拒绝')
    }, { referrer: api }))
  }

  /** The person's leave, asked for once: who has said no is not asked again. */
  async function leave(api) {
    const scope = SCOPES[api]
    const given = kept('scopes')
    if (given[scope] === undefined) {
      const why = app.permission?.[scope]?.desc
      if (scope === 'scope.userLocation' && !why) fault('no reason is given for the place')
      given[scope] = (await ask('膳督 申请', why ?? scope, ['拒绝', '允许'])) === '允许'
      await keep('scopes', given)
    }
    if (!given[scope]) throw new No('auth deny', { errno: 103 })
  }

  async function place(api) {
    if (!(app.requiredPrivateInfos ?? []).includes(api)) {
      fault(`${api} is not in requiredPrivateInfos`)
      throw new No('the api need to be declared in the requiredPrivateInfos field in app.json/ext.json', { errno: 2 })
    }
    await privacy(api)
    await leave(api)
    if (!settings.place) throw new No('ERROR_NOCELL&WIFI_LOCATIONSWITCHOFF', { errCode: 2 })
    return { speed: -1, altitude: 1850, verticalAccuracy: 0, horizontalAccuracy: 30, accuracy: 30, ...settings.place }
  }

  async function camera({ sourceType = ['album', 'camera'], mediaType = ['image', 'video'] }) {
    if (!mediaType.includes('image')) throw new No('no such media here')
    await privacy('chooseMedia')
    const [title, key, refused] = sourceType[0] === 'camera' ? ['相机', 'camera', '拍下'] : ['相册', 'album', '选这张']
    if (settings[key] === 'missing') throw new No(`can not find ${key}`, { errCode: 10001 })
    if (settings[key] === 'denied') throw new No('auth deny', { errno: 103 })
    if ((await ask(title, '', ['返回', refused], 'camera')) === '返回') throw new No('cancel', { errCode: 1 })
    const data = Uint8Array.from(atob(settings[key]), (one) => one.charCodeAt(0)).buffer
    return { type: 'image', tempFiles: [{ tempFilePath: pass(data), size: data.byteLength, fileType: 'image' }] }
  }

  async function saved({ filePath }) {
    await privacy('saveImageToPhotosAlbum')
    await leave('saveImageToPhotosAlbum')
    return { path: filePath }
  }

  async function code() {
    if (settings.scan === 'missing') throw new No('scan camera not found', { errCode: 10002 })
    if (settings.scan === 'denied') throw new No('auth deny', { errno: 103 })
    if ((await ask('扫一扫', '', ['返回', '对准海报'], 'camera')) === '返回') throw new No('cancel', { errCode: 1 })
    return { result: settings.scan, scanType: 'QR_CODE', charSet: 'UTF-8', rawData: '' }
  }

  async function sandbox(what, body = {}) {
    const address = `/sandbox/phones/${encodeURIComponent(settings.user)}`
    const reply = await fetch(`${address}/${what}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
    if (!reply.ok) throw new No(`system error ${reply.status}`)
    return await reply.json()
  }

  async function login() {
    if (settings.login) {
      const code = settings.login
      settings.login = null
      return { code }
    }
    return { code: (await sandbox('login').catch(() => { throw new No('network error', { errno: 600001 }) })).code }
  }

  async function subscribe({ tmplIds }) {
    inATap('requestSubscribeMessage')
    if (!tmplIds.length || tmplIds.length > MOST_TEMPLATES || new Set(tmplIds).size !== tmplIds.length || tmplIds.some((one) => typeof one !== 'string')) {
      fault(`requestSubscribeMessage: ${tmplIds.length} templates`)
      throw new No('Templates count out of max bounds', { errCode: 20003 })
    }
    const answer = await ask('膳督 申请发送一次以下消息', tmplIds.join('\n'), ['取消', '允许'])
    const choices = Object.fromEntries(tmplIds.map((one) => [one, answer === '允许' ? 'accept' : 'reject']))
    await sandbox('subscribe', { choices })
    return choices
  }

  /** What WeChat does inside a person's tap alone; whether it is one has to be seen now, not when it is answered. */
  function tapOnly(act) {
    return (given) => {
      inTap = tapIs
      return act(given)
    }
  }

  function inATap(name) {
    if (inTap) return
    fault(`${name}: not in a tap`)
    throw new No('can only be invoked by user TAP gesture.', { errCode: 20001 })
  }

  async function share({ filePath, fileName }) {
    inATap('shareFileMessage')
    bytesOf(filePath)
    if ((await ask('发送给', fileName ?? filePath, ['取消', '文件传输助手'])) === '取消') throw new No('cancel')
  }

  async function set() {
    inATap('openSetting')
    const scopes = kept('scopes')
    for (const scope of Object.keys(scopes)) scopes[scope] = (await ask('设置', scope, ['关', '开'])) === '开'
    await keep('scopes', scopes)
    return { authSetting: scopes }
  }

  const subscribed = later('requestSubscribeMessage', { tmplIds: 'Array!' }, subscribe)

  /** A native button: its answer comes as an event. */
  async function opened(type, tell, id) {
    if (type === 'agreePrivacyAuthorization') {
      agreedBy = id
      return tell('agreeprivacyauthorization', { errMsg: 'agreePrivacyAuthorization:ok' })
    }
    if (type !== 'getPhoneNumber') return fault(`a button that opens ${type}`)
    try {
      await privacy('getPhoneNumber')
      if ((await ask('膳督 申请获取并验证你的手机号', '', ['不允许', '允许'])) !== '允许') throw new No('user deny', { errno: 103 })
      tell('getphonenumber', { errMsg: 'getPhoneNumber:ok', code: (await sandbox('phone-number')).code })
    } catch (refused) {
      tell('getphonenumber', { errMsg: `getPhoneNumber:fail ${refused.message}`, ...refused.numbers })
    }
  }

  return {
    tapped, opened,
    api: {
      login: later('login', { provider: 'String', timeout: 'Number' }, login),
      checkSession: later('checkSession', {}, () => ({})),
      scanCode: later('scanCode', { onlyFromCamera: 'Boolean', scanType: 'Array' }, code),
      chooseMedia: later('chooseMedia', { count: 'Number', mediaType: 'Array', sourceType: 'Array', sizeType: 'Array', camera: 'String', maxDuration: 'Number' }, camera),
      saveImageToPhotosAlbum: later('saveImageToPhotosAlbum', { filePath: 'String!' }, saved),
      ...Object.fromEntries([...LOCATIONS].map((name) => [
        name, later(name, { type: 'String', altitude: 'Boolean', isHighAccuracy: 'Boolean', highAccuracyExpireTime: 'Number' }, () => place(name)),
      ])),
      requestSubscribeMessage: tapOnly(subscribed),
      shareFileMessage: tapOnly(later('shareFileMessage', { filePath: 'String!', fileName: 'String' }, share)),
      openSetting: tapOnly(later('openSetting', { withSubscriptions: 'Boolean' }, set)),
      authorize: later('authorize', { scope: 'String!' }, async ({ scope }) => {
        const api = Object.keys(SCOPES).find((one) => SCOPES[one] === scope)
        if (!api) throw new No('invalid scope')
        await privacy(api)
        await leave(api)
        return {}
      }),
      getSetting: later('getSetting', { withSubscriptions: 'Boolean' }, () => ({ authSetting: kept('scopes') })),
      getPrivacySetting: later('getPrivacySetting', {}, () => ({ needAuthorization: !kept('privacy').agreed, privacyContractName: '《膳督小程序隐私保护指引》' })),
      openPrivacyContract: later('openPrivacyContract', {}, () => ask('《膳督小程序隐私保护指引》', '', ['关闭']).then(() => ({}))),
      requirePrivacyAuthorize: later('requirePrivacyAuthorize', {}, () => privacy(settings.declared[0])),
      onNeedPrivacyAuthorization: (one) => { needs[0] = one },
    },
  }
}
