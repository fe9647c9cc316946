/**
 * The one catalogue: English texts as the code has them, with their Simplified Chinese. `{name}` stands for what the
 * code fills in; a value named `reason…` is a sentence of its own, which is translated in turn. Long because it is a
 * table; it is in the order in which a user meets the texts.
 */

/** English to Chinese. */
export const ZH: Readonly<Record<string, string>> = {
  // Help: its frame, exit codes, and what every command shares.
  "Usage:": "用法：",
  "Arguments:": "参数：",
  "Options:": "选项：",
  "Commands:": "命令：",
  "Examples:": "示例：",
  "Exit codes:": "退出码：",
  "one of: {list}": "可选：{list}",
  "default: {value}": "默认：{value}",
  "show this help": "显示本帮助",
  "print the version": "显示版本",
  "explain okws or one of its commands": "说明 okws 或其中某个命令",
  "a command, with the command inside it": "命令，后面可跟其子命令",
  "there is no such command": "没有这个命令",
  "see okws help": "参见 okws help",
  "see okws help {way}": "参见 okws help {way}",
  "done": "完成",
  "stopped": "已停止",
  "failed": "失败",
  "refused or failed": "被拒绝或失败",
  "wrong usage": "用法有误",
  "wrong usage or configuration": "用法或配置有误",
  "no okws service is listening": "没有 okws 服务在监听",
  "Redis cannot be reached": "连不上 Redis",
  "data older than --max-age, or none": "数据比 --max-age 旧，或者没有数据",
  "configuration file": "配置文件",
  "read the settings from this configuration file": "从这个配置文件读取设置",
  "JSON even on a terminal": "在终端上也输出 JSON",
  "print JSON": "输出 JSON",
  "explain one of these commands": "说明其中某个命令",
  "for programs": "供程序使用",
  "for editors": "供编辑器使用",

  // okws
  "OKX exchange data in Redis, fresh and unattended": "把 OKX 交易所的数据放进 Redis：保持新鲜，无人值守",
  "everything on this machine, without network or Redis": "在本机演示全部功能，不需要网络和 Redis",
  "check a configuration": "检查配置",
  "run the service (also: okws -c okws.yaml)": "运行服务（也可以写 okws -c okws.yaml）",
  "what a running service is doing": "正在运行的服务在做什么",
  "one command in full": "某个命令的完整说明",

  // okws serve
  "run the service until SIGINT or SIGTERM": "运行服务，直到收到 SIGINT 或 SIGTERM",
  "Redis to use, instead of REDIS_URL": "要用的 Redis，代替 REDIS_URL",
  "where health and metrics are served, instead of HTTP": "健康检查和指标的地址，代替 HTTP",
  "least level that is logged, instead of LOG_LEVEL": "最低日志级别，代替 LOG_LEVEL",
  "how log lines look, instead of LOG_FORMAT": "日志的样式，代替 LOG_FORMAT",

  // The option parser.
  "unknown command {name}": "未知命令 {name}",
  "unknown option {name}": "未知选项 {name}",
  "missing required argument {name}": "缺少必需的参数 {name}",
  "option {flags} argument missing": "选项 {flags} 缺少取值",
  "required option {flags} not specified": "没有给出必需的选项 {flags}",
  "too many arguments. Expected {most} arguments but got {count}":
    "参数太多：最多 {most} 个，给出了 {count} 个",
  "too many arguments. Expected {most} argument but got {count}":
    "参数太多：最多 {most} 个，给出了 {count} 个",
  "too many arguments for {name}. Expected {most} arguments but got {count}":
    "{name} 的参数太多：最多 {most} 个，给出了 {count} 个",
  "too many arguments for {name}. Expected {most} argument but got {count}":
    "{name} 的参数太多：最多 {most} 个，给出了 {count} 个",
  "option {flags} cannot be used with option {others}": "选项 {flags} 不能与 {others} 同时使用",
  "{name} is one of {choices}: {value}": "{name} 只能是 {choices} 之一：{value}",

  // Errors of every command.
  "a fault of okws itself, please report it:": "okws 自身出错，请报告：",
  "interrupted": "已中断",

  // Configuration: where it is read from.
  "is not a file": "不是文件",
  "is larger than {size} bytes": "超过 {size} 字节",
  "there is no such file; name yours with -c FILE": "没有这个文件；请用 -c FILE 指定",
  "this user may not read it": "当前用户无权读取",
  "has more than {most} keys": "键多于 {most} 个",
  "is nested deeper than {most} levels": "嵌套超过 {most} 层",
  "has an alias (*name) that cannot be resolved; a text that starts with * needs quotes":
    "有无法解析的别名（*name）；以 * 开头的文本需要加引号",
  "has a merge key (<<) with something else than a map or an alias of one":
    "合并键（<<）的值必须是映射，或映射的别名",
  "has too many aliases (*name)": "别名（*name）太多",
  "a second document (---) starts here; okws reads one: leave one in the file":
    "这里开始了第二个文档（---）；okws 只读一个：请在文件中只留一个",
  "is UTF-16 or no text at all; save it as UTF-8": "是 UTF-16，或根本不是文本；请存为 UTF-8",
  "is not UTF-8 in line {line}; save it as UTF-8": "第 {line} 行不是 UTF-8；请存为 UTF-8",
  "is empty": "是空的",
  "has more than one line": "多于一行",
  "has no certificate or key in PEM form": "里面没有 PEM 格式的证书或密钥",
  "a text that starts with ! needs quotes": "以 ! 开头的文本需要加引号",
  "a text that starts with | or > needs quotes": "以 | 或 > 开头的文本需要加引号",
  "and {count} more faults": "另有 {count} 处错误",
  "${NAME} is not set in the environment": "环境变量 ${NAME} 没有设置",
  "environment variable {name}": "环境变量 {name}",
  "command line": "命令行",

  // YAML: what its parser says most often.
  "Map keys must be unique": "同一层里的键不能重复",
  "All sequence items must start at the same column": "列表各项必须对齐到同一列",
  "Nested mappings are not allowed in compact mappings": "一行里不能嵌套键值对；文本里含冒号时请加引号",
  "A block sequence may not be used as an implicit map key": "列表不能用作键",
  "Implicit map keys need to be followed by map values": "键后面要有冒号和值",
  "Implicit keys need to be on a single line": "键必须写在一行之内",
  "Tabs are not allowed as indentation": "不能用制表符缩进",
  'Missing closing "quote': "缺少右边的双引号",
  "Missing closing 'quote": "缺少右边的单引号",
  "Missing , between {kind} items": "{kind} 的各项之间缺少逗号",
  "Missing , or": "各项之间缺少逗号或冒号",
  "Missing space after": "冒号后面缺少空格",
  "Plain value cannot start with {char}": "不加引号的文本不能以 {char} 开头",
  "Plain value cannot start with reserved character {char}": "不加引号的文本不能以保留字符 {char} 开头",
  "Invalid escape sequence": "无效的转义序列",
  "Flow map in block collection must be sufficiently indented and end with a }":
    "花括号里的内容要缩进，并以 } 结束",
  "Flow sequence in block collection must be sufficiently indented and end with a ]":
    "方括号里的内容要缩进，并以 ] 结束",
  "Flow map must end with a }": "花括号缺少 }",
  "Flow sequence must end with a ]": "方括号缺少 ]",
  "Unexpected {token} in {place}": "{place} 里不应有 {token}",
  "Unexpected {token} token": "此处不应有 {token}",
  "Unexpected {token} at node end": "结尾处不应有 {token}",
  "Comments must be separated from other tokens by white space characters": "注释前面要有空格",

  // Configuration: what is wrong with it.
  "{what} is a text": "{what}应是文本",
  "{what} has 1 to 200 ASCII characters without spaces": "{what}应为 1 到 200 个 ASCII 字符，不含空格",
  "A channel is a text": "频道应是文本",
  "A key is a text": "键应是文本",
  "A prefix is a text": "前缀应是文本",
  "A channel has 1 to 200 ASCII characters without spaces": "频道应为 1 到 200 个 ASCII 字符，不含空格",
  "A key has 1 to 200 ASCII characters without spaces": "键应为 1 到 200 个 ASCII 字符，不含空格",
  "A prefix has 1 to 200 ASCII characters without spaces": "前缀应为 1 到 200 个 ASCII 字符，不含空格",
  "must be a number": "必须是数字",
  "must be a whole number": "必须是整数",
  "must be at least {least}": "不能小于 {least}",
  "must be at most {most}": "不能大于 {most}",
  "must be the name of a file": "必须是文件名",
  "must be v5 or v3": "必须是 v5 或 v3",
  "must be a Redis URL": "必须是 Redis URL",
  "must be HOST:PORT or off": "必须是 HOST:PORT 或 off",
  "must be a text": "必须是文本",
  "must be a text; put a number, true or false into quotes": "必须是文本；数字、true、false 请加引号",
  "has a line break in it, or a space at one end: it was not copied as it is":
    "中间有换行，或首尾有空格：没有原样复制",
  "Cannot open the embedded store at {host}:{port}: {reason}": "无法在 {host}:{port} 打开内置存储：{reason}",
  "In the login of a Redis URL @ is written %40, / %2F, ? %3F, # %23 and % %25, or keep the password in a file: REDIS_PASSWORD_FILE":
    "Redis URL 的登录部分里，@ 写作 %40，/ 写作 %2F，? 写作 %3F，# 写作 %23，% 写作 %25；也可以把密码放进文件：REDIS_PASSWORD_FILE",
  "The embedded store has no password, so it listens on a loopback address only: 127.0.0.1":
    "内置存储没有密码，所以只在回环地址上监听：127.0.0.1",
  "has 1 to 64 characters without spaces and colons": "应为 1 到 64 个字符，不含空格和冒号",
  "has 8 to 200 characters of ASCII": "应为 8 到 200 个 ASCII 字符",
  "must be auto, pretty or json": "必须是 auto、pretty 或 json",
  "must be a list of {list}": "必须是列表，各项取自 {list}",
  "must be a list": "必须是列表",
  'must be a list of paths, e.g. - "spot/ticker:ETH-USDT"': '必须是路径的列表，例如 - "spot/ticker:ETH-USDT"',
  "must be {first} or {last}, and may name rooms ({rooms}), as in info,session=debug":
    "必须是 {first} 或 {last}，还可以给各模块（{rooms}）单独指定级别，如 info,session=debug",
  "must have settings, servers and subscribes": "应包含 settings、servers 和 subscribes",
  "every server needs a name": "每个服务器都要有名字",
  "has 1 to 64 letters, digits, points, dashes or underscores":
    "应为 1 到 64 个字母、数字、点、短横线或下划线",
  "names a server": "应是某个服务器的名字",
  "needs a REDIS_URL that it belongs to": "需要与之对应的 REDIS_URL",
  "must not be REDIS_INFO_KEY or below it, where replies are published":
    "不能是 REDIS_INFO_KEY 或在它之下，回复就发布在那里",
  "must not be below a server's prefix, where a reply could take the place of a row":
    "不能在某个服务器的前缀之下，否则回复可能占掉数据行的位置",
  "must not be LISTEN_CHANNEL": "不能与 LISTEN_CHANNEL 相同",
  "must not be below a server's prefix, where rows are published":
    "不能在某个服务器的前缀之下，数据行就发布在那里",
  "there is no port {port}": "没有端口 {port}",
  "{host} can be reached from other machines: {reason}": "其他机器可以访问 {host}：{reason}",
  "set HTTP_PASSWORD, or use 127.0.0.1": "请设置 HTTP_PASSWORD，或改用 127.0.0.1",
  "has {count} servers, and {most} are all that may be open": "有 {count} 个服务器，最多只能打开 {most} 个",
  "there is another server named {name}": "已有同名的服务器 {name}",
  "has more than {most} entries and paths": "各项和路径合计多于 {most} 个",
  "there is no server {name}": "没有服务器 {name}",
  "There is no server {name}": "没有服务器 {name}",
  "{path} needs a login: give {server} an apiKey, secret and password":
    "{path} 需要登录：请给 {server} 填写 apiKey、secret 和 password",
  "{endpoint} has no v3 any more: v3 needs an endpoint that is a ws:// URL":
    "{endpoint} 已没有 v3：使用 v3 时，endpoint 必须是 ws:// 地址",
  "a login needs apiKey, secret and password; missing: {list}":
    "登录需要 apiKey、secret 和 password 三项，缺少：{list}",
  "is read as {url}: okws adds the path itself, and OKX has closed its old hosts and port 8443":
    "按 {url} 理解：路径由 okws 自己加，OKX 已关闭旧主机和 8443 端口",
  "must be {names} or a ws:// or wss:// URL: {reason}": "必须是 {names}，或 ws://、wss:// 地址：{reason}",
  "a URL with a password": "这个 URL 带有密码",
  "this is neither (a URL has no parameters)": "两者都不是（URL 不能带参数）",
  "is not known": "未知",
  "Invalid input: expected {expected}, received {received}": "类型不对：应为 {expected}，得到 {received}",
  "Unrecognized key: {key}": "未知的键：{key}",

  // Configuration: the meaning of each setting, also in the file that okws init writes.
  "Where Redis is: redis://user:password@host:port/db, rediss:// (TLS), unix:/path, redis+sentinel://…, redis+cluster://… or embedded. None given: whatever listens on 127.0.0.1:6379, else the embedded store":
    "Redis 的位置：redis://user:password@host:port/db、rediss://（TLS）、unix:/path、redis+sentinel://…、redis+cluster://… 或 embedded。不写时使用正在监听 127.0.0.1:6379 的服务，没有则用内嵌存储",
  "File with the password of REDIS_URL, where that has none itself":
    "存放 REDIS_URL 密码的文件，仅在 URL 自己没写密码时使用",
  "File with the certificate authority (PEM) of a Redis with TLS, where REDIS_URL names none itself":
    "走 TLS 的 Redis 的证书颁发机构文件（PEM），仅在 REDIS_URL 没有指定时使用",
  "Rows kept per series: candles, trades, orders, streams": "每个序列（K 线、成交、订单、流）保留的行数",
  "Commands arrive on this channel": "在这个频道上接收命令",
  "Replies are stored at, and published on, <this>/<request id>": "回复存放并发布在 <此项>/<请求 id>",
  "The service publishes its start (CONNECTED) and stop (EXIT) here":
    "服务启动（CONNECTED）和停止（EXIT）时在此发布",
  "First part of every key: <prefix>/<server>/…": "每个键的开头：<前缀>/<服务器>/…",
  "Exchange of servers that name none: okx, okx-eea, okx-us, okx-tr, any of them with -demo behind it, or a ws:// or wss:// URL":
    "未指定交易所的服务器连到哪里：okx、okx-eea、okx-us、okx-tr，都可以加上 -demo，或 ws://、wss:// 地址",
  "Protocol of servers that name none: v5, or v3 for old servers that a ws:// URL names":
    "未指定协议的服务器用什么协议：v5；v3 只用于 ws:// 地址的旧服务器",
  "Dashboard, health and metrics: HOST:PORT, or off": "控制台、健康检查和指标：HOST:PORT，或 off",
  "Name that goes with HTTP_PASSWORD": "与 HTTP_PASSWORD 配套的用户名",
  "Asked for by everything under HTTP; an address beyond the loopback needs one":
    "HTTP 下的一切都要求此密码；地址不是本机回环时必须设置",
  "Least level that is logged: debug, info, warn or error; others for single rooms as in info,session=debug":
    "最低日志级别：debug、info、warn 或 error；还可以给单个模块另设，如 info,session=debug",
  "How log lines look: pretty, json, or auto, which is pretty on a terminal and JSON otherwise":
    "日志的样式：pretty、json 或 auto；auto 在终端上用 pretty，否则用 JSON",
  "Commands taken over Redis, of {list}; the others are answered with 80014. In the environment separated by commas":
    "允许通过 Redis 下达的命令，可选 {list}；其余的一律回复 80014。写在环境变量里时用逗号分隔",
  "Seconds that the reply to a command stays at its key": "命令的回复在键上保留多少秒",
  "Levels of each side that an order book keeps in Redis": "订单簿每一侧在 Redis 里保留的档数",
  "Least milliseconds between two writes of an order book; a change of the best bid or ask is written at once":
    "两次写入同一订单簿的最短间隔（毫秒）；买一或卖一变化时立即写入",
  "Megabytes of events that may wait for a slow Redis before the oldest are dropped and counted":
    "Redis 变慢时最多有多少兆字节的事件排队，超出后丢弃最旧的并计数",
  "Name of this connection; becomes part of every key": "这个连接的名字；会成为每个键的一部分",
  "For private channels: the API key, best as ${NAME} from the environment":
    "私有频道需要：API key，最好写成 ${NAME}，取自环境变量",
  "Another spelling of apiKey": "apiKey 的另一种写法",
  "For private channels: the secret of the API key": "私有频道需要：API key 的 secret",
  "For private channels: what OKX calls the passphrase": "私有频道需要：即 OKX 所说的 passphrase",
  "Where this one connects, instead of ENDPOINT": "这个连接连到哪里，代替 ENDPOINT",
  "What this one speaks, instead of PROTOCOL": "这个连接用什么协议，代替 PROTOCOL",
  "The name of an entry of servers": "servers 中某一项的名字",
  "Paths, or the exchange's own argument objects": "路径，或交易所自己的参数对象",

  // The URL of Redis.
  "A Redis URL starts with redis://, rediss://, redis+sentinel://, redis+cluster:// or unix:/, e.g. redis://localhost:6379, or is embedded; in a password @ is written %40, / %2F and ? %3F":
    "Redis URL 以 redis://、rediss://、redis+sentinel://、redis+cluster:// 或 unix:/ 开头，例如 redis://localhost:6379，或者就是 embedded；密码里的 @ 写成 %40，/ 写成 %2F，? 写成 %3F",
  "A % in the login of a Redis URL starts a two-digit code; % itself is written %25":
    "Redis URL 的登录信息里，% 后面应是两位编码；% 本身写成 %25",
  "A Redis URL names one host and a port up to 65535; several belong to redis+sentinel:// or redis+cluster://":
    "Redis URL 只写一个主机，端口不超过 65535；多个主机请用 redis+sentinel:// 或 redis+cluster://",
  "The hosts of a Redis URL are separated by commas, each with its port: host:26379,host:26379":
    "Redis URL 里的多个主机用逗号分隔，各带端口：host:26379,host:26379",
  "After the hosts of sentinels comes the name of the master, as in redis+sentinel://host:26379/mymaster":
    "哨兵的主机后面要写主节点的名字，如 redis+sentinel://host:26379/mymaster",
  "A Redis Cluster has one database, so its URL names none": "Redis 集群只有一个库，URL 里不写库号",
  "The database in a Redis URL is a number, as in redis://host:6379/1":
    "Redis URL 里的库号是数字，如 redis://host:6379/1",
  "The database in a Redis URL is a number, as in unix:/path?db=1":
    "Redis URL 里的库号是数字，如 unix:/path?db=1",
  "{name} in a Redis URL belongs to rediss://, which is TLS":
    "Redis URL 里的 {name} 只能与 rediss://（TLS）一起用",
  "A parameter of the Redis URL is not known or empty; this form takes {list}":
    "Redis URL 里有未知或为空的参数；这种写法可用 {list}",
  "cert and key of a Redis URL belong together": "Redis URL 里的 cert 和 key 必须同时给出",
  "The embedded store is written embedded or embedded://127.0.0.1:PORT":
    "内嵌存储写作 embedded 或 embedded://127.0.0.1:PORT",
  "A unix socket is named by its full path: unix:/run/redis/redis.sock":
    "Unix 套接字要写完整路径：unix:/run/redis/redis.sock",

  // Paths and channels.
  "A path or an argument object is needed: {value}": "需要路径或参数对象：{value}",
  "A path has at most {most} characters: {value}": "路径最长 {most} 个字符：{value}",
  "A path has no spaces or control characters: {value}": "路径不能含空格或控制字符：{value}",
  "A path is a channel, with its arguments after colons; this has none before them: {value}":
    "路径是频道，冒号之后是参数；这里冒号前没有频道：{value}",
  "A legacy path is product/channel:instrument: {value}": "旧版路径的形式为“类别/频道:产品”：{value}",
  "{table} needs an instrument, as in {example}:{instrument}":
    "{table} 需要产品，例如 {example}:{instrument}",
  "{table} takes no instrument: write {name}": "{table} 不带产品，直接写 {name}",
  "A % in a path starts a two-digit code: {value}": "路径里的 % 后面应是两位编码：{value}",
  "Cannot be read: {value}": "无法读取：{value}",
  "{channel} takes {reason}: {value}": "{channel} 的参数是 {reason}：{value}",
  "no argument": "（无参数）",
  "{channel} needs {reason}, as in {example}:{argument}": "{channel} 需要{reason}，例如 {example}:{argument}",
  "an instrument": "产品",
  "a currency": "币种",
  "an underlying": "标的指数",
  "a currency or an underlying": "币种或标的指数",
  "An argument object needs a channel: {value}": "参数对象需要 channel：{value}",
  "The member {name} must be a text: {value}": "成员 {name} 必须是文本：{value}",
  "A member has control characters: {value}": "有成员含控制字符：{value}",
  "A member's name has letters only: {value}": "成员名只能由字母组成：{value}",
  "Not a channel name: {value}": "不是频道名：{value}",
  "There is no channel {name}": "没有频道 {name}",
  "There is no product {name}": "没有类别 {name}",
  "There is no product {name}, only {list}": "没有类别 {name}，只有 {list}",
  "There is no legacy channel {name}": "没有旧版频道 {name}",
  "There is no v3 channel {name}": "没有 v3 频道 {name}",
  "The exchange has ended {name}; subscribe {successor}": "交易所已停用 {name}；请订阅 {successor}",
  "{table} is not served in its legacy form; subscribe {successor}":
    "{table} 不提供旧版形式，请订阅 {successor}",
  "A server that speaks v3 takes paths such as spot/ticker:ETH-USDT: {value}":
    "v3 服务器接受的路径形如 spot/ticker:ETH-USDT：{value}",
  "A server that speaks v3 takes legacy paths only, such as spot/ticker:ETH-USDT: {value}":
    "v3 服务器只接受旧版路径，如 spot/ticker:ETH-USDT：{value}",

  // Answers of the service.
  "{name} is open already": "{name} 已经打开",
  "There are {count} servers, which is all that may be open": "已有 {count} 个服务器，不能再打开更多",
  "{path} needs a login, and {name} has no apiKey": "{path} 需要登录，而 {name} 没有 apiKey",
  "{name} would have more than {most} subscriptions": "{name} 的订阅将超过 {most} 个",
  "A command has at most {most} characters": "命令最长 {most} 个字符",
  "A command is a JSON object, this is not JSON": "命令应是 JSON 对象，这不是 JSON",
  "A command is a JSON object": "命令应是 JSON 对象",
  "The id of a command is a number or a text of 1 to 128 characters":
    "命令的 id 应是数字，或 1 到 128 个字符的文本",
  "The op of a command is one of {list}": "命令的 op 只能是 {list} 之一",
  "A server's name has 1 to 64 letters, digits, points, dashes or underscores":
    "服务器的名字应为 1 到 64 个字母、数字、点、短横线或下划线",
  "{op} needs the name of a server": "{op} 需要服务器的名字",
  "{op} is not among the COMMANDS that are allowed here": "这里的 COMMANDS 不允许 {op}",
  "{reason}; try again": "{reason}；请重试",
  "Too many commands are under way": "正在执行的命令太多",
  "{op} failed inside okws; its log has the reason": "{op} 在 okws 内部失败，原因见其日志",
  "Not subscribed: {list}": "没有订阅：{list}",
  "args is a list of paths or argument objects": "args 应是路径或参数对象的列表",
  "The answer has {count} characters, more than {most}; ask for one server at a time":
    "答复有 {count} 个字符，超过 {most}；请一次只问一个服务器",
  "This service was started without a configuration file": "这个服务启动时没有配置文件",
  "Nothing is changed. {reason}": "没有作任何改动。{reason}",

  // What a client can meet.
  "No okws service is listening on {channel}; start one with: okws serve":
    "没有 okws 服务在 {channel} 上监听；请启动一个：okws serve",
  "No reply to {op} within {ms} ms": "{op} 在 {ms} 毫秒内没有答复",
  "The client was closed before the reply to {op} came": "{op} 的答复到达之前，客户端已关闭",
  "The exchange has not confirmed in time: {reason}": "交易所没有及时确认：{reason}",
  "{name} was closed": "{name} 已关闭",
  "There is nothing for {path}": "{path} 没有数据",
  "The connection to Redis is lost": "与 Redis 的连接已断开",
  "{path} is not subscribed": "没有订阅 {path}",
  "Nothing has arrived for {path} ({state})": "{path} 还没有数据到达（{state}）",
  "{path} is not kept up ({state}): {code} {reason}": "{path} 没有在更新（{state}）：{code} {reason}",
  "{path} is said to have arrived {ms} ms in the future ({state}): a clock is wrong":
    "{path} 的到达时间在未来 {ms} 毫秒（{state}）：有时钟不准",
  "{path} answered with a row that cannot be read": "{path} 的回答里有一行读不懂",
  "{path} does not say when it came, and others come with it ({told})":
    "{path} 没有说明何时到达，而且别的行与它一起到达（{told}）",
  "{path} is not kept up: no service keeps the status of this server":
    "{path} 没有在更新：没有服务在维持此服务器的状态",
  "{name} is a name that okws uses itself": "{name} 是 okws 自己使用的名字",
  "{channel} has no argument {name}": "{channel} 没有参数 {name}",
  "{path} is not kept up ({state}), its last row is {ms} ms old":
    "{path} 没有保持更新（{state}），最后一行是 {ms} 毫秒前的",
  "{path} is not kept up (the book is {state}), it is {ms} ms old":
    "{path} 没有保持更新（订单簿状态 {state}），已是 {ms} 毫秒前的",
  "{path} is {ms} ms old, older than {most} ms ({state}, last row at {time})":
    "{path} 已是 {ms} 毫秒前的，超过 {most} 毫秒（{state}，最后一行在 {time}）",
  "since is a Date or Unix milliseconds: {value}": "since 应是 Date 或 Unix 毫秒：{value}",

  // Redis.
  "Cannot reach Redis at {url}: {reason}": "连不上 Redis {url}：{reason}",
  "Redis at {url}: {reason}": "Redis 服务器 {url}：{reason}",
  "Redis is away: {reason}": "Redis 断开：{reason}",
  "Redis refuses: {reason}": "Redis 拒绝：{reason}",
  "Redis did not answer in time": "Redis 没有及时答复",
  "The embedded store is reached by its own redis:// address": "请用内嵌存储自己的 redis:// 地址连接它",
  "no answer within {ms} ms": "{ms} 毫秒内没有答复",
  "connection lost": "连接已断开",
  "cannot read {file}: {reason}": "无法读取 {file}：{reason}",
  "there is no such file": "没有这个文件",
  "it is larger than {size} bytes": "超过 {size} 字节",
  "this Redis is full: raise its maxmemory, or make room in it":
    "这个 Redis 已满：请调大 maxmemory，或腾出空间",
  "this is a replica: name the master in REDIS_URL, or the sentinels with redis+sentinel://":
    "这是副本：请在 REDIS_URL 里写主节点，或用 redis+sentinel:// 写哨兵",
  "this Redis still reads its data; okws waits for it": "这个 Redis 还在加载数据；okws 会等它",
  "this replica has lost its master: look at the master, or name the sentinels with redis+sentinel://":
    "这个副本失去了主节点：请检查主节点，或用 redis+sentinel:// 写哨兵",
  "some slots of this cluster are served by nobody: see redis-cli cluster info and cluster nodes":
    "这个集群有槽无人负责：请看 redis-cli cluster info 和 cluster nodes",
  "slots of this cluster are being moved; okws tries again": "这个集群正在迁移槽；okws 会重试",
  "this is a node of a cluster: write redis+cluster:// in REDIS_URL":
    "这是集群的节点：请在 REDIS_URL 里写 redis+cluster://",
  "this Redis cannot write to its disk: see its log": "这个 Redis 无法写入磁盘：请看它的日志",
  "too few replicas are connected: see min-replicas-to-write of this Redis":
    "连接的副本太少：请看这个 Redis 的 min-replicas-to-write",
  "a script blocks this Redis: redis-cli script kill": "有脚本阻塞了这个 Redis：redis-cli script kill",
  "give the password in REDIS_URL, or REDIS_PASSWORD_FILE":
    "请在 REDIS_URL 或 REDIS_PASSWORD_FILE 里给出密码",
  "a transaction was given up; okws tries again": "事务被放弃；okws 会重试",
  "user or password of REDIS_URL (or REDIS_PASSWORD_FILE) is wrong, or the user is off":
    "REDIS_URL（或 REDIS_PASSWORD_FILE）里的用户或密码不对，或该用户已停用",
  "this user may not do that: okws redis-acl prints the rights that okws needs":
    "这个用户没有此权限：okws redis-acl 会打印 okws 需要的权限",
  "something else keeps data under that key: delete or rename it, or set another KEY_PREFIX":
    "那个键下已有别的数据：请删除或改名，或另设 KEY_PREFIX",
  "KEY_PREFIX must not hold an empty pair of braces in a cluster": "用集群时，KEY_PREFIX 里不能有空的花括号",
  "is redis-server running?": "redis-server 在运行吗？",
  "is the host of REDIS_URL spelled right?": "REDIS_URL 的主机名写对了吗？",
  "this user may not listen to {channel}: okws redis-acl prints the rights that a service needs":
    "当前用户不能监听 {channel}：okws redis-acl 会打印服务需要的权限",
  "Redis does not let okws read what it has written ({reads}), so that damage there is not seen: okws redis-acl prints the rights that okws needs":
    "Redis 不允许 okws 读取它写入的内容（{reads}），那里的损坏无法发现：okws redis-acl 会打印 okws 需要的权限",
  "Redis cannot be compared with what was written: {reason}": "无法将 Redis 与已写入的内容比较：{reason}",
  "this user may not open that socket": "当前用户无权打开那个套接字",
  "raise maxclients of this Redis": "请调大这个 Redis 的 maxclients",
  "this Redis takes no remote connections: set a password and bind it":
    "这个 Redis 不接受远程连接：请给它设密码并绑定地址",
  "this is no cluster: write redis:// in REDIS_URL": "这不是集群：请在 REDIS_URL 里写 redis://",
  "this Redis has fewer databases than REDIS_URL names": "这个 Redis 没有 REDIS_URL 所写的库号",
  "name the certificate authority with ?ca=/path or REDIS_CA": "请用 ?ca=/path 或 REDIS_CA 指定证书颁发机构",
  "the certificate is for another name: see ?servername= of REDIS_URL":
    "证书属于另一个名字：请看 REDIS_URL 的 ?servername=",
  "this Redis wants a certificate: ?cert=/path&key=/path": "这个 Redis 要求客户端证书：?cert=/path&key=/path",
  "is that port TLS? redis:// is plain, rediss:// is TLS":
    "那个端口是 TLS 吗？redis:// 是明文，rediss:// 是 TLS",
  "are the sentinels running, and is the master's name right?": "哨兵在运行吗？主节点的名字对吗？",

  // okws client: what it is made of.
  "talk to a running service": "与正在运行的服务对话",
  "connections and subscriptions with their ages": "连接和订阅及其数据年龄",
  "one subscription more, while the service runs": "在服务运行时再加一个订阅",
  "what is in the cache": "缓存里的数据",
  "what arrives from now on": "从现在起到达的数据",
  "writes, enables and starts it": "写出、启用并启动",
  "how it is": "它的状态",
  "Redis of the service (default redis://127.0.0.1:6379)": "服务所用的 Redis（默认 redis://127.0.0.1:6379）",
  "how long to wait for an answer": "等待答复的时间（毫秒）",
  "--timeout is a number of milliseconds: {value}": "--timeout 应是毫秒数：{value}",
  "open a named connection": "打开一个命名的连接",
  "okx, okx-eea, okx-us, okx-tr, each also with -demo, or a URL":
    "okx、okx-eea、okx-us、okx-tr（都可加 -demo）或 URL",
  "v3 for old servers, which need a ws:// URL": "v3 用于旧服务器，需要 ws:// 地址",
  "API key, for private channels": "API key，私有频道需要",
  "its secret": "它的 secret",
  "its passphrase": "它的 passphrase",
  "{name} is open": "{name} 已打开",
  "close a named connection": "关闭一个命名的连接",
  "{name} is closed": "{name} 已关闭",
  "list the open connections": "列出已打开的连接",
  "show connections and subscriptions with state and age": "显示连接和订阅的状态及数据年龄",
  "stop the service": "停止服务",
  "The service is stopping": "服务正在停止",
  "subscribe paths and wait for the exchange's answer": "订阅路径，并等待交易所答复",
  "end subscriptions": "取消订阅",
  "read the cache; a filter is KEY=VALUE": "读取缓存；过滤条件写成 KEY=VALUE",
  "the newest N rows of a series": "序列中最新的 N 行",
  "rows of a series from then on: 15m, 2h, 1d, an ISO time or Unix ms":
    "序列中从该时刻起的行：15m、2h、1d、ISO 时间或 Unix 毫秒",
  "then print each new row as it arrives": "之后继续打印每一条新到的行",
  "table is for a terminal, json for a pipe": "table 供终端查看，json 供管道使用",
  "fail with code 5 when the last row came longer ago": "最后一行比这更旧时，以退出码 5 失败",
  "--json and --format {format} exclude each other": "--json 与 --format {format} 不能同时使用",
  "{count} of {all} rows read …": "已读 {count} / {all} 行…",
  "nothing": "数据",
  "nothing that new": "那么新的数据",
  "There is {reason} for {path} on {server}; okws client status {name} shows why":
    "{server} 上的 {path} 没有{reason}；原因见 okws client status {name}",
  "delete cached keys (default: all under the prefix)": "删除缓存的键（默认：前缀下的全部）",
  "{count} keys deleted …": "已删除 {count} 个键…",
  "{count} keys deleted": "已删除 {count} 个键",
  "An argument object is JSON, e.g. '{example}': {value}": "参数对象是 JSON，例如 '{example}'：{value}",
  "this is not one ({count} characters)": "这不是参数对象（{count} 个字符）",
  "A filter is KEY=VALUE, e.g. instrument_id=ETH-USDT: {value}":
    "过滤条件应是 KEY=VALUE，例如 instrument_id=ETH-USDT：{value}",
  "{flag} is a whole number from {least}: {value}": "{flag} 应是不小于 {least} 的整数：{value}",
  "--since is a duration such as 15m, 2h or 1d, a time such as 2026-11-22T08:00Z, or Unix milliseconds: {value}":
    "--since 应是时长（如 15m、2h、1d）、时间（如 2026-11-22T08:00Z）或 Unix 毫秒：{value}",
  "show rows as they arrive: a live table on a terminal, JSON lines into a pipe":
    "数据到达时立即显示：终端上是实时表格，管道里每行一个 JSON",
  "print lines, and stop after N rows": "逐行打印，N 行后停止",
  "Not subscribed yet: okws client subscribe {server} {paths}":
    "尚未订阅：okws client subscribe {server} {paths}",
  "No server is open; okws client open NAME opens one.":
    "没有打开的服务器；用 okws client open NAME 打开一个。",
  "No server is open; okws client open NAME opens one": "没有打开的服务器；用 okws client open NAME 打开一个",
  "No subscriptions.": "没有订阅。",
  "No subscriptions; okws client subscribe NAME PATH makes one":
    "没有订阅；用 okws client subscribe NAME PATH 添加",

  // okws check
  "check a configuration and print what it would do": "检查配置，并打印它会做什么",
  "print the plan as JSON": "以 JSON 打印计划",
  "print the JSON Schema of the file, by which editors complete and check it":
    "打印配置文件的 JSON Schema，编辑器据此补全和检查",
  "Prints every fault with its line and column, or the plan: settings, connections, subscriptions.\nSecrets are never printed.":
    "打印每一处错误及其行列，或打印计划：设置、连接、订阅。\n绝不打印密钥。",
  "the file is good": "文件没有问题",
  "it is not": "文件有误",
  "127.0.0.1:6379, or the embedded store": "127.0.0.1:6379，没有则用内嵌存储",
  "The configuration is good.": "配置没有问题。",
  "default": "默认值",
  "protocol": "协议",
  "deep books": "深度订单簿",
  "Every setting has its default.": "所有设置都是默认值。",
  "No server is configured; okws client open NAME opens one.":
    "没有配置服务器；用 okws client open NAME 打开一个。",
  "Connections: {count}. From a cold start the last one is dialled after {seconds} s: the exchange takes three a second.":
    "连接 {count} 个。冷启动时最后一个在 {seconds} 秒后发起：交易所每秒只接受三个。",

  // okws init
  "write a first configuration file, after a few questions": "回答几个问题，写出第一份配置文件",
  "the file to write (default: okws.yaml)": "要写的文件（默认：okws.yaml）",
  "name of the connection (default: test)": "连接的名字（默认：test）",
  "okx, okx-eea, okx-us, okx-tr, each also with -demo, or a ws:// URL (default: okx)":
    "okx、okx-eea、okx-us、okx-tr（都可加 -demo）或 ws:// 地址（默认：okx）",
  "what to subscribe (default: tickers of BTC-USDT and ETH-USDT)":
    "要订阅的路径（默认：BTC-USDT 和 ETH-USDT 的 tickers）",
  "Redis to use (default: the one of this machine, or the embedded store)":
    "要用的 Redis（默认：本机的，没有则用内嵌存储）",
  "log in with OKX_API_KEY, OKX_SECRET and OKX_PASSPHRASE of the environment":
    "用环境变量 OKX_API_KEY、OKX_SECRET 和 OKX_PASSPHRASE 登录",
  "API key to write into the file; ${NAME} is taken from the environment":
    "写进文件的 API key；${NAME} 取自环境变量",
  "ask nothing: flags and defaults hold": "不提问：按选项和默认值",
  "replace a file that is there already": "替换已有的文件",
  "Asks on a terminal; elsewhere, and with --yes, the flags and defaults hold. Never replaces a file unless told\nso. A file that holds a secret can be read by its owner alone.":
    "在终端上会提问；不在终端上或带 --yes 时，按选项和默认值。除非明确要求，绝不替换已有文件。\n含有密钥的文件只有所有者可读。",
  "no questions": "不提问",
  "secrets stay in the environment": "密钥留在环境变量里",
  "written": "已写出",
  "not written": "没有写出",
  "nothing was written": "没有写出任何文件",
  "nobody answers": "无人作答",
  "{file} is written": "已写出 {file}",
  'It holds secrets ({names}), so that only you can read it; better are variables: "${NAME}"':
    '其中含有密钥（{names}），因此只有您可读；最好改用变量："${NAME}"',
  "Set before the start: {names}": "启动前请设置：{names}",
  "Next: {program} check -c {file}, then: {again} serve -c {same}":
    "下一步：{program} check -c {file}，然后：{again} serve -c {same}",
  "{file} is there already; --force replaces it": "{file} 已经存在；要替换请加 --force",
  "there is no such folder": "没有这个目录",
  "this user may not write there": "当前用户无权写入",
  "cannot write {file}: {reason}": "无法写入 {file}：{reason}",
  "Name of the connection": "连接的名字",
  "Exchange: okx (global), okx-eea (Europe), okx-us (USA, Australia), okx-tr (Turkey), each also with -demo (paper trading), or a ws:// URL":
    "交易所：okx（全球）、okx-eea（欧洲）、okx-us（美国、澳大利亚）、okx-tr（土耳其），都可加 -demo（模拟盘），或 ws:// 地址",
  "Redis URL; nothing for the Redis of this machine, or the embedded store where there is none":
    "Redis URL；留空则用本机的 Redis，没有则用内嵌存储",
  "What to subscribe, paths separated by spaces": "要订阅的路径，用空格分隔",
  "Private data too, with a login from OKX_API_KEY, OKX_SECRET and OKX_PASSPHRASE? y or n":
    "是否也要私有数据（用 OKX_API_KEY、OKX_SECRET、OKX_PASSPHRASE 登录）？y 或 n",
  "Configuration of okws. What is a comment here has its default; take the # away to change it.":
    "okws 的配置。注释掉的各项取默认值；要修改就去掉前面的 #。",
  "Any text may hold ${NAME}, which is replaced by that environment variable.":
    "任何文本里都可以写 ${NAME}，会被替换成同名环境变量。",
  "Editors complete and check this file with the schema that okws check --schema prints.":
    "用 okws check --schema 打印的 schema，编辑器可以补全和检查本文件。",
  "Public data needs no login. For account, orders and other private channels give all three:":
    "公共数据不需要登录。account、orders 等私有频道需要填写以下三项：",
  "A login is bound to the region of the account. ${NAME} is taken from the environment.":
    "登录信息只在账户所属地区有效。${NAME} 取自环境变量。",
  "Named connections to an exchange. More can be opened while okws runs: okws client open NAME":
    "到交易所的命名连接。运行中可以再打开：okws client open NAME",
  "okx, okx-eea (Europe), okx-us (USA and Australia), okx-tr (Turkey), each with -demo for paper trading, or a ws:// URL":
    "okx、okx-eea（欧洲）、okx-us（美国和澳大利亚）、okx-tr（土耳其），模拟盘都加 -demo，或 ws:// 地址",
  "What is subscribed from the start. More can be added while okws runs: okws client subscribe NAME PATH…":
    "启动时就订阅的内容。运行中可以再添加：okws client subscribe NAME PATH…",

  // okws doctor
  "look for what keeps okws from working, and say what to do about it":
    "查找妨碍 okws 工作的问题，并说明如何解决",
  "configuration file (default: okws.yaml where there is one)":
    "配置文件（默认：当前目录的 okws.yaml，如果有）",
  "Redis to look at, instead of REDIS_URL": "要检查的 Redis，代替 REDIS_URL",
  "Looks at the file and who can read it, Redis, the way to the exchange, the HTTP address and the installed\nservice. Writes and removes a key of its own in Redis; opens WebSockets to each exchange, logs in with each key,\nand closes them.":
    "检查配置文件及其权限、Redis、到交易所的通路、HTTP 地址和已安装的服务。\n会在 Redis 里写入并删除自己的键；对每个交易所打开 WebSocket，用每个密钥登录一次，再关闭。",
  "what is not well, for programs": "只列出有问题的，供程序使用",
  "nothing failed; there may be warnings": "没有失败项；可能有警告",
  "something failed": "有失败项",
  "Looking at: {areas}": "正在检查：{areas}",
  "ok: {ok}, warnings: {warn}, failures: {fail}": "正常 {ok} 项，警告 {warn} 项，失败 {fail} 项",
  "file": "配置文件",
  "permissions": "权限",
  "content": "内容",
  "store": "存储",
  "connection": "连接",
  "version": "版本",
  "latency": "延迟",
  "memory": "内存",
  "role": "角色",
  "persistence": "持久化",
  "clock": "时钟",
  "rights": "操作权限",
  "service": "服务",
  "hosts": "主机",
  "port": "端口",
  "answer": "答复",
  "exchange {name}": "交易所 {name}",
  "exchange regions": "交易所各地区",
  "installed service": "已安装的服务",
  "none is installed; okws service install makes one": "没有安装；可用 okws service install 安装",
  "see why: {command}": "查看原因：{command}",
  "it does not run; see {command}": "它没有运行；请看 {command}",
  "it does not start with the machine: okws service install": "它不随机器启动：okws service install",
  "none within {ms} ms": "{ms} 毫秒内没有",
  "try again": "请重试",
  "no answer in time": "没有及时答复",
  "the connection was closed without an answer": "连接被关闭，没有答复",
  "none is named: the defaults and the environment hold": "没有指定：按默认值和环境变量",
  "servers: {servers}, subscriptions: {paths}": "服务器 {servers} 个，订阅 {paths} 个",
  "mend the file, then: okws check": "请改正文件，然后：okws check",
  "mode {mode}, no secret in the file": "文件模式 {mode}，文件里没有密钥",
  "mode {mode}, with secrets: {names}": "文件模式 {mode}，含有密钥：{names}",
  "mode {mode}: other users can read {names}": "文件模式 {mode}：其他用户能读到 {names}",
  "The wait of a command is true or false": "命令的 wait 只能是 true 或 false",
  "The timeoutMs of a command is a number from 1 to {most}": "命令的 timeoutMs 是 1 到 {most} 的数",
  "mode {mode}: other users can read {names}; chmod 600, or write ${NAME} and keep them in the environment":
    "文件模式 {mode}：其他用户能读到 {names}；请 chmod 600，或写成 ${NAME} 并把值放在环境变量里",
  "chmod 600 {file}, or write them as ${NAME} and keep them in the environment":
    "chmod 600 {file}，或把它们写成 ${NAME}，放进环境变量",
  "the embedded store forgets everything when okws stops": "内嵌存储在 okws 停止后会丢失全部数据",
  "install Redis for anything that has to last": "需要长期保存的数据，请安装 Redis",
  "start Redis, or correct REDIS_URL": "请启动 Redis，或改正 REDIS_URL",
  "no REDIS_URL, and nothing listens on {host}:{port}: the embedded store is used, which forgets everything when okws stops":
    "没有 REDIS_URL，{host}:{port} 上也没有服务：将使用内嵌存储，okws 停止后会丢失全部数据",
  "not to be had: this user may not run INFO": "无法得知：这个用户不能执行 INFO",
  "not to be had: this user may not run CONFIG": "无法得知：这个用户不能执行 CONFIG",
  "run okws doctor with the login of an administrator: --redis redis://user:password@host":
    "请用管理员的登录再运行 okws doctor：--redis redis://user:password@host",
  "{name} has no streams": "{name} 没有流（stream）",
  "{name} is not maintained any more": "{name} 已不再维护",
  "install Redis 6.2 or later": "请安装 Redis 6.2 或更新的版本",
  "{median} ms for an answer, at worst {worst} ms": "一次答复 {median} 毫秒，最慢 {worst} 毫秒",
  "run Redis on this machine or nearer to it": "请把 Redis 放在本机或更近的地方",
  "{used} of {limit} (maxmemory) used": "已用 {used}，上限 {limit}（maxmemory）",
  "{used} used, no maxmemory": "已用 {used}，没有设 maxmemory",
  "give it more (redis-cli config set maxmemory 2gb), or keep fewer rows (MAX_ROW)":
    "请给它更多内存（redis-cli config set maxmemory 2gb），或少保留一些行（MAX_ROW）",
  "{policy}: a full Redis throws rows away without a word": "{policy}：Redis 满了会悄悄丢弃数据",
  "none is told": "没有给出",
  "pubsub {hard} at once, {soft} for {seconds} s": "pubsub 一次 {hard}，或持续 {seconds} 秒超过 {soft}",
  "pubsub {hard} at once, {soft} for {seconds} s: subscribers are cut off at the first burst":
    "pubsub 一次 {hard}，或持续 {seconds} 秒超过 {soft}：数据一多，订阅者就会被断开",
  "pubsub without a limit: one slow subscriber can fill Redis":
    "pubsub 没有上限：一个慢的订阅者就能占满 Redis",
  "Redis is still loading its data": "Redis 还在加载数据",
  "wait": "请稍候",
  "a replica of {host}:{port}, which takes no writes": "是 {host}:{port} 的副本，不接受写入",
  "let REDIS_URL name the master, or use redis+sentinel://": "REDIS_URL 请写主节点，或用 redis+sentinel://",
  "the last save failed ({names}), so that Redis may refuse writes":
    "上次保存失败（{names}），Redis 可能拒绝写入",
  "free its disk, see its log, then: redis-cli bgsave": "请清理磁盘、查看它的日志，然后：redis-cli bgsave",
  "append-only file": "追加日志（AOF）",
  "the last snapshot did not fail": "上次快照没有失败",
  "snapshots: {rules}": "快照：{rules}",
  "none: a restart of Redis forgets what commands have subscribed":
    "无：Redis 重启后，通过命令添加的订阅会丢失",
  "Redis' clock is {seconds} s off this one": "Redis 的时钟与本机相差 {seconds} 秒",
  "let NTP set both clocks: timedatectl set-ntp true": "请让两台机器用 NTP 校时：timedatectl set-ntp true",
  "user {name} may not do {commands} under {prefix}/": "用户 {name} 在 {prefix}/ 下不能执行 {commands}",
  "user {name} may not use the channels {channels}": "用户 {name} 不能使用频道 {channels}",
  "okws redis-acl prints the rights that a service needs": "okws redis-acl 会打印服务需要的权限",
  "a write was refused: {reason}": "写入被拒绝：{reason}",
  "see Redis' own log": "请看 Redis 自己的日志",
  "user {name} may write, read and publish under {prefix}/": "用户 {name} 可以在 {prefix}/ 下读、写和发布",
  "one listens on {channel}": "有一个在 {channel} 上监听",
  "none listens on {channel}": "没有服务在 {channel} 上监听",
  "start one: okws serve, or okws service install": "请启动：okws serve，或 okws service install",
  "{count} listen on {channel}: each carries out every command":
    "有 {count} 个在 {channel} 上监听：每个都会执行所有命令",
  "stop all but one, or give each its own LISTEN_CHANNEL and KEY_PREFIX":
    "请只留一个，或给每个设不同的 LISTEN_CHANNEL 和 KEY_PREFIX",
  "a free one is taken at the start": "启动时自动选空闲端口",
  "okws answers at {address}: {answer}": "okws 在 {address} 答复：{answer}",
  "another program answers at {address}": "{address} 上是别的程序",
  "stop it, or choose another address: HTTP: 127.0.0.1:8788": "请停掉它，或换个地址：HTTP: 127.0.0.1:8788",
  "{address} is free": "{address} 空闲",
  "{address} cannot be listened on: {reason}": "无法监听 {address}：{reason}",
  "choose another address: HTTP: 127.0.0.1:8788, or HTTP: off":
    "请换个地址：HTTP: 127.0.0.1:8788，或 HTTP: off",
  "{detail} in {ms} ms": "{detail}，{ms} 毫秒",
  "{url} opens in {ms} ms": "{url} 用 {ms} 毫秒打开",
  "{url} answers {answer}": "{url} 答复 {answer}",
  "a proxy or firewall stands between, or this is no exchange: check ENDPOINT":
    "中间有代理或防火墙，或者那不是交易所：请检查 ENDPOINT",
  "check the name, and that this machine reaches a name server: resolvectl status":
    "请检查名字，以及本机能否访问域名服务器：resolvectl status",
  "check the port, and that no firewall closes it": "请检查端口，以及是否被防火墙挡住",
  "check this machine's clock, then the server's certificate": "请先检查本机时钟，再检查对方的证书",
  "the certificate is not trusted here; where a proxy opens TLS, name its authority: DENO_CERT=FILE okws …":
    "本机不信任该证书；如果有代理解开 TLS，请指定它的颁发机构：DENO_CERT=FILE okws …",
  "the server takes connections and says nothing: try again, then ask whoever runs it":
    "对方接受连接却不答复：请重试，仍不行就询问其管理者",
  "no time from {host}": "{host} 没有给出时间",
  "holes are filled by REST; see that this host is not blocked": "补齐缺口要用 REST；请确认没有屏蔽这个主机",
  "this clock is {seconds} s behind the exchange's, measured to {ms} ms":
    "本机时钟比交易所慢 {seconds} 秒，测量误差 {ms} 毫秒",
  "this clock is {seconds} s ahead of the exchange's, measured to {ms} ms":
    "本机时钟比交易所快 {seconds} 秒，测量误差 {ms} 毫秒",
  "let NTP set the clock: timedatectl set-ntp true": "请用 NTP 校时：timedatectl set-ntp true",
  "connection times: {list}": "连接时间：{list}",
  "none of the exchange's hosts answers from here": "从这里连不上交易所的任何主机",
  "ask whoever runs the proxy to let WebSockets to this host through, or name the host in NO_PROXY":
    "请代理的管理员放行到此主机的 WebSocket，或把主机写进 NO_PROXY",
  "the first address that takes a connection is the one that is used: remove the silent one from DNS or /etc/hosts":
    "用的是第一个接受连接的地址：请把不作声的地址从 DNS 或 /etc/hosts 里去掉",
  "NO_PROXY names {host}: it is reached directly": "NO_PROXY 里有 {host}：直接连接",
  "{name} is not used for {scheme}//{host}": "{name} 对 {scheme}//{host} 不起作用",
  "where it is meant, set {name}": "如果是要用它，请设 {name}",
  "{name} is set, and Deno {version} inside this program opens WebSockets without it; REST alone goes through {place}":
    "设置了 {name}，但此程序里的 Deno {version} 打开 WebSocket 时不用它；只有 REST 经过 {place}",
  "use a program made by deno task compile with Deno 2.5.1 or later, or the sources":
    "请用 Deno 2.5.1 或更新版本的 deno task compile 生成的程序，或用源码运行",
  "{name}: {place} takes connections": "{name}：{place} 接受连接",
  "start it, or correct {name}": "请启动它，或更正 {name}",
  "the exchange takes it": "交易所接受",
  "refused with {code}: {message}": "被拒绝（{code}）：{message}",
  "the connection ended without an answer: {reason}": "连接没有回答就断了：{reason}",
  "it could not be tried: {reason}": "没能试成：{reason}",
  "see what is said of the way to this exchange": "见到此交易所通路的检查结果",
  "write it like that": "请照此改写",
  "does ENDPOINT name the region of this key, and demo trading where it was made there? okx is global, okx-eea Europe, okx-us USA and Australia, okx-tr Turkey, and -demo behind them demo trading":
    "ENDPOINT 是这个密钥所属的地区吗？模拟盘的密钥要用模拟盘。okx 是全球，okx-eea 欧洲，okx-us 美国和澳大利亚，okx-tr 土耳其，模拟盘后加 -demo",
  "keys of demo trading need an ENDPOINT with -demo, all others one without; okx-eea is Europe, okx-us USA and Australia, okx-tr Turkey":
    "模拟盘的密钥要用带 -demo 的 ENDPOINT，其他密钥用不带的；okx-eea 是欧洲，okx-us 美国和澳大利亚，okx-tr 土耳其",
  "the address of this machine is not in the IP list of the key: add it where the key was made":
    "本机地址不在密钥的 IP 名单里：请在创建密钥的地方加上",
  "password is the passphrase that was chosen when the key was made, not that of the account":
    "password 是创建密钥时设的口令，不是账户密码",
  "secret is not the one of this apiKey, or was not copied whole":
    "secret 不是这个 apiKey 的，或没有复制完整",
  "the clock of this machine is off: let NTP set it": "本机时钟不准：请用 NTP 校时",
  "the key or the account is frozen, or has expired: look at it at the exchange":
    "密钥或账户被冻结，或已过期：请到交易所查看",
  "check apiKey, secret and password, the region and demo trading of ENDPOINT, and the IP list of the key":
    "请检查 apiKey、secret、password，ENDPOINT 的地区和模拟盘，以及密钥的 IP 名单",
  "try again in a minute": "请一分钟后再试",
  "What answers at {url} is not okws, or an okws that is older than this one":
    "在 {url} 应答的不是 okws，或是比这个更旧的 okws",
  "Another okws answers at {url}: its REDIS_URL, KEY_PREFIX or LISTEN_CHANNEL is not that of this file":
    "在 {url} 应答的是另一个 okws：它的 REDIS_URL、KEY_PREFIX 或 LISTEN_CHANNEL 与此文件不同",
  "what answers there does not speak HTTP": "那里应答的不是 HTTP",
  "no okws answers there, or not that of the file": "那里没有 okws 应答，或不是文件所描述的那个",
  "check this machine's way to the Internet": "请检查本机到互联网的通路",
  "an account is bound to where it was registered (okx-eea: Europe, okx-us: USA and Australia, okx-tr: Turkey); if yours is there, ENDPOINT: {names}":
    "账户只属于注册地区（okx-eea：欧洲，okx-us：美国和澳大利亚，okx-tr：土耳其）；如果您的账户在那里，请设 ENDPOINT: {names}",

  // okws completions
  "print a script by which a shell completes commands, servers and paths":
    "打印脚本，让 shell 能补全命令、服务器和路径",
  "the shell": "哪种 shell",
  "Server names and subscribed paths come from the Redis that the line names, or the settings; where it\ndoes not answer within a second, nothing is offered.":
    "服务器名和已订阅的路径来自命令行或设置所指的 Redis；一秒内没有答复就不提供。",
  "this bash, at once": "当前 bash 立即生效",
  "every bash": "所有 bash",
  "every zsh": "所有 zsh",
  "every fish": "所有 fish",
  "values for the completion scripts": "供补全脚本取值",

  // okws demo
  "the whole thing on this machine, without network or Redis": "在本机演示全部功能，不需要网络和 Redis",
  "end after N seconds (default: 10 without a terminal, else Ctrl-C ends it)":
    "N 秒后结束（默认：没有终端时 10 秒，否则按 Ctrl-C 结束）",
  "--seconds is a whole number: {value}": "--seconds 应是整数：{value}",
  "Runs a simulated OKX, the service and the embedded store on free ports, shows rows as they arrive, and\nprints the commands to try from a second shell.":
    "在空闲端口上运行模拟的 OKX、服务和内嵌存储，实时显示数据，\n并打印可以在另一个终端里尝试的命令。",
  "no data arrived": "没有数据到达",
  "{rows} rows received, {commands} Redis commands written, {dropped} dropped.":
    "收到 {rows} 行，写了 {commands} 条 Redis 命令，丢弃 {dropped} 条。",
  "Simulated OKX at {exchange}, okws connected to it, embedded store at {store}":
    "模拟的 OKX 在 {exchange}，okws 已连接，内嵌存储在 {store}",
  "From a second shell, while this runs:": "运行期间，在另一个终端里可以试试：",
  "Dashboard: {url}/": "控制台：{url}/",
  "{rows} rows, {batches} batches, {commands} Redis commands":
    "{rows} 行，{batches} 批，{commands} 条 Redis 命令",

  // okws mock
  "run a simulated OKX to develop and test against": "运行模拟的 OKX，供开发和测试使用",
  "port on 127.0.0.1; 0 takes a free one": "127.0.0.1 上的端口；0 表示自动选空闲端口",
  "which wire the hints below speak of; both are served": "提示按哪种协议给出；两种都提供",
  "market steps a second; with --replay frames a second": "行情每秒走几步；与 --replay 同用时为每秒几帧",
  "seed of the market; the same seed gives the same market": "行情的随机种子；种子相同，行情就相同",
  "faults from the start, e.g. drop=20s,late-ack=2s,refuse=tickers:XRP-USDT,garbage=0.01":
    "一开始就有的故障，例如 drop=20s,late-ack=2s,refuse=tickers:XRP-USDT,garbage=0.01",
  "as many made-up coins more (C001-USDT, …), to try many instruments":
    "另加这么多虚构的币种（C001-USDT…），用来试大量产品",
  "enforce the exchange's limits: 3 connections a second, 480 requests an hour on each":
    "执行交易所的限制：每秒 3 个连接，每个连接每小时 480 个请求",
  "play recorded frames (JSON lines) instead of the market": "播放录下的帧（每行一个 JSON），代替行情",
  "--protocol is v5 or v3: {value}": "--protocol 只能是 v5 或 v3：{value}",
  'Demo login: apiKey demo-key, secret demo-secret, password demo-pass.\nFaults while it runs: curl -d "drop" http://127.0.0.1:PORT/mock/command\nAll of them: http://127.0.0.1:PORT/, and docs/mock.md, which says what is refused as OKX refuses it.':
    '演示用登录：apiKey demo-key，secret demo-secret，password demo-pass。\n运行中制造故障：curl -d "drop" http://127.0.0.1:PORT/mock/command\n全部故障见 http://127.0.0.1:PORT/ 和 docs/mock.md；后者还说明哪些请求会像 OKX 那样被拒绝。',
  "be demo trading: REST answers for it with the header x-simulated-trading: 1 only":
    "作为模拟盘：REST 只在带有请求头 x-simulated-trading: 1 时按模拟盘回答",
  "REST that lags, with short pages": "REST 滞后，而且每页行数很少",
  "many instruments, within the exchange's limits": "大量产品，并遵守交易所的限制",
  "a free port, a drop every 20 s": "空闲端口，每 20 秒断线一次",
  "the port is taken": "端口被占用",
  "Simulated OKX at {url} ({paths})": "模拟的 OKX 在 {url}（{paths}）",
  "Give a server of your okws.yaml:  {members}": "在 okws.yaml 的某个服务器里写：  {members}",
  "port {port} is taken; choose another with --port": "端口 {port} 被占用；请用 --port 换一个",
  "There is no file {file}": "没有文件 {file}",
  "{flag} is a number from {least} to {most}: {value}": "{flag} 应是 {least} 到 {most} 的数：{value}",

  // okws redis-acl
  "print Redis accounts with the least rights: writer, reader, commander":
    "打印权限最小的 Redis 账户：writer、reader、commander",
  "for a Redis Cluster (goes without saying with a redis+cluster:// REDIS_URL)":
    "用于 Redis 集群（REDIS_URL 是 redis+cluster:// 时不必写）",
  "None of these has a password yet, so none can log in. Add one to each line as >password, or":
    "这些账户都还没有密码，所以不能登录。请在每行加上 >password，或者执行",
  "say redis-cli ACL SETUSER okws-writer '>password'. They need Redis 7 or later.":
    "redis-cli ACL SETUSER okws-writer '>password'。需要 Redis 7 或更新的版本。",
  "LISTEN_CHANNEL lies under KEY_PREFIX: a reader hears commands too, with the keys in them. Move it.":
    "LISTEN_CHANNEL 在 KEY_PREFIX 之下：reader 也会听到命令及其中的密钥。请把它移开。",
  "okws-writer is for the service, okws-reader for get and watch, okws-commander for programs that also give commands. The lines go into the ACL file of Redis (aclfile), or behind ACL SETUSER without their first word. Deleting the cache (okws client clear) is none of their business.":
    "okws-writer 给服务用，okws-reader 用于 get 和 watch，okws-commander 给还要下命令的程序。这些行写进 Redis 的 ACL 文件（aclfile），或去掉第一个词放在 ACL SETUSER 后面。删除缓存（okws client clear）不在其权限之内。",

  // okws health
  "ask a running service whether all that is wanted is fresh": "询问正在运行的服务：所需的数据是否都新鲜",
  "It asks the address of HTTP: /readyz, or /livez with --live. Reasons are printed on stderr.\nOnly an answer of okws counts; with -c only one of the service that the file describes, by its Redis, KEY_PREFIX\nand LISTEN_CHANNEL. A loopback address is asked without a proxy.":
    "询问 HTTP 的地址：/readyz，带 --live 时为 /livez。原因打印在标准错误。\n只有 okws 的答复才算；有 -c 时只认文件所描述的服务，按 Redis、KEY_PREFIX 和 LISTEN_CHANNEL 辨认。\n问回环地址时不经过代理。",
  "only whether the process answers": "只看进程是否答复",
  "not healthy": "不健康",
  "configuration file, whose HTTP is asked": "配置文件，询问其中的 HTTP 地址",
  "where health is served, instead of HTTP": "健康检查的地址，代替 HTTP",
  "ask whether it runs, not whether its data is fresh": "只问是否在运行，不问数据是否新鲜",
  "longest wait for the answer": "最长等待时间",
  "--url is an http:// URL, as in http://127.0.0.1:8787": "--url 应是 http:// 地址，如 http://127.0.0.1:8787",
  "HTTP is off, so health is not served; give HTTP an address such as 127.0.0.1:8787":
    "HTTP 已关闭，没有健康检查；请给 HTTP 一个地址，如 127.0.0.1:8787",
  "nothing listens there": "那里没有监听",
  "Cannot ask {url}: {reason}; is okws running, and is HTTP its address?":
    "无法询问 {url}：{reason}；okws 在运行吗？HTTP 的地址对吗？",

  "healthy": "健康",

  // okws client: errors of its arguments, reload, status.
  'An argument object is JSON, e.g. \'{"channel":"tickers","instId":"ETH-USDT"}\': {reason}':
    '参数对象是 JSON，例如 \'{"channel":"tickers","instId":"ETH-USDT"}\'：{reason}',
  "API key, for private channels; ${NAME} is read from the environment":
    "API key，私有频道需要；${NAME} 取自环境变量",
  "{flag}: ${NAME} is not set in the environment": "{flag}：环境变量 ${NAME} 没有设置",
  "{path} is not kept up ({state}, last row at {time}), it is {ms} ms old":
    "{path} 没有保持更新（{state}，最后一行在 {time}），已是 {ms} 毫秒前的",
  "have the service read its configuration file again and apply what differs":
    "让服务重新读取配置文件，并应用有变化的部分",
  "closed": "已关闭",
  "opened anew": "已重新打开",
  "unsubscribed": "已取消订阅",
  "subscribed": "已订阅",
  "Nothing differs": "没有变化",
  "Taken at the next start: {names}": "下次启动时生效：{names}",
  "The exchange's clock is {time} ahead of this machine's": "交易所的时钟比本机快 {time}",
  "The exchange's clock is {time} behind this machine's": "交易所的时钟比本机慢 {time}",

  "{path} is {state}: {reason}": "{path} 的状态是 {state}：{reason}",

  // Headings of tables.
  "server": "服务器",
  "state": "状态",
  "for": "已持续",
  "age": "年龄",
  "url": "地址",
  "last error": "最近的错误",
  "path": "路径",
  "paths": "路径数",
  "rows": "行数",
  "wanted by": "来源",
  "error": "错误",
  "setting": "设置项",
  "value": "取值",
  "login": "登录",
  "endpoint": "端点",
  "yes": "是",
  "no": "否",
  "member": "成员",
  "last": "最新价",
  "bid": "买一",
  "ask": "卖一",

  // okws client watch
  "Prices": "价格",
  "Order books": "订单簿",
  "Candles": "K 线",
  "Balances": "余额",
  "Positions": "持仓",
  "Orders": "订单",
  "Rows": "数据",
  "Trades and events, newest first": "成交与事件，最新在前",
  "instrument": "产品",
  "currency": "币种",
  "channel": "频道",
  "change": "涨跌",
  "last prices": "近期价格",
  "last middle prices": "近期中间价",
  "bid size": "买一量",
  "ask size": "卖一量",
  "spread": "价差",
  "opened": "开始",
  "open": "开盘",
  "high": "最高",
  "low": "最低",
  "close": "收盘",
  "volume": "成交量",
  "bar": "K 线",
  "equity": "权益",
  "available": "可用",
  "frozen": "冻结",
  "unrealized": "未实现盈亏",
  "in USD": "折合美元",
  "side": "方向",
  "size": "数量",
  "entry": "开仓均价",
  "mark": "标记价",
  "liquidation": "强平价",
  "leverage": "杠杆",
  "type": "类型",
  "price": "价格",
  "filled": "已成交",
  "order": "订单状态",
  "time": "时间",
  "all of {path}": "{path} 合计",
  "Nothing has arrived yet": "还没有数据到达",
  "connected, no data yet": "已连接，还没有数据",
  "the exchange is disconnected, okws is reconnecting": "与交易所的连接已断开，okws 正在重连",
  "the server was closed": "服务器已关闭",
  "there is no such server open": "没有打开这个服务器",
  "connecting to Redis …": "正在连接 Redis…",
  "Redis is away for {time}, reconnecting; what is shown is old: {reason}":
    "Redis 已断开 {time}，正在重连；所显示的是旧数据：{reason}",
  "No okws service is running for {time}, what is shown is old; waiting for it":
    "已有 {time} 没有 okws 服务在运行，所显示的是旧数据；正在等待",
  "Not subscribed: okws client subscribe {server} {paths}":
    "没有订阅：okws client subscribe {server} {paths}",
  "{path} was refused: {reason}": "{path} 被拒绝：{reason}",
  "no answer for {seconds} s": "{seconds} 秒没有答复",
  "no Redis": "无 Redis",
  "no service": "无服务",
  "not subscribed": "未订阅",
  "Nothing matches {filter}": "没有匹配 {filter} 的内容",
  "/{filter}▏  Enter keeps, Esc clears": "/{filter}▏  回车保留，Esc 清除",
  "Esc clears": "Esc 清除",
  "↑↓ PgUp PgDn {first}-{last} of {all}": "↑↓ PgUp PgDn 第 {first}-{last} 行，共 {all} 行",
  "q quit": "q 退出",
  "/ filter": "/ 过滤",
  "s sort": "s 排序",
  "r reverse": "r 反序",
  "r reversed": "r 已反序",
  "{count} paths": "{count} 个路径",
  "{count} path": "{count} 个路径",
  "{rate} rows/s": "每秒 {rate} 行",

  // okws top
  "show a running service live: connections, subscriptions, rates, lag, memory, faults":
    "实时显示正在运行的服务：连接、订阅、速率、延迟、内存、故障",
  "time between two looks": "两次查看的间隔",
  "print figures as JSON lines, and stop after N": "每行一个 JSON 打印各项数字，N 次后停止",
  "the whole service, live; q quits": "实时查看整个服务；按 q 退出",
  "--interval is at most an hour: {ms} ms": "--interval 最长一小时：{ms} 毫秒",
  "There is no terminal": "没有终端",
  "Redis is away, reconnecting: {reason}": "Redis 断开，正在重连：{reason}",
  "{reason} (for {time})": "{reason}（已 {time}）",
  "Subscriptions": "订阅",
  "waiting for the first figures …": "正在等待第一批数字…",
  "path, oldest data first": "路径（数据最旧的在前）",
  "promised": "承诺间隔",
  "never": "从未",
  "up {time}": "已运行 {time}",
  "stopping": "正在停止",
  "{rate} messages/s": "每秒 {rate} 条消息",
  "{bytes}/s in": "每秒收 {bytes}",
  "{rate} batches/s of {ms} ms": "每秒 {rate} 批，每批 {ms} 毫秒",
  "{rate} commands/s": "每秒 {rate} 条命令",
  "lag -": "延迟 -",
  "lag {median} ms, 99 % below {most} ms": "延迟 {median} 毫秒，99% 低于 {most} 毫秒",
  "Redis memory -": "Redis 内存 -",
  "of {bytes}": "上限 {bytes}",
  "peak {bytes}": "峰值 {bytes}",
  "queue {bytes}": "队列 {bytes}",
  "connections lost": "次断线",
  "book gaps": "处订单簿缺口",
  "renewed": "次续订",
  "handed over": "次移交",
  "refused": "次被拒绝",
  "unreadable": "条读不懂",
  "unexpected": "条意外",
  "skipped": "条跳过",
  "dropped": "条丢弃",
  "rejected": "条被 Redis 拒绝",
  "batches repeated": "批重发",
  "clock of {server} {seconds} s": "{server} 的时钟 {seconds} 秒",
  "… and {count} more": "…另有 {count} 个",

  // okws service
  "run okws for good, under systemd or launchd": "用 systemd 或 launchd 长期运行 okws",
  "write a hardened service, enable it and start it": "写出加固的服务文件，启用并启动",
  "The configuration is checked first. Without --as the service runs as a user that exists only while it runs.":
    "会先检查配置。不带 --as 时，服务以只在运行期间存在的用户运行。",
  "show the file and the commands": "只显示文件和命令",
  "a service of your own, without root": "只属于自己的服务，不需要 root",
  "the configuration's ${OKX_SECRET}": "对应配置里的 ${OKX_SECRET}",
  "configuration file; else /etc/okws/okws.yaml, or ~/.config/okws/okws.yaml":
    "配置文件；不写则为 /etc/okws/okws.yaml 或 ~/.config/okws/okws.yaml",
  "run as this user of the machine": "以本机的这个用户运行",
  "hand over a file as ${NAME}; may be repeated": "把文件内容作为 ${NAME} 交给服务；可以重复",
  "what starts okws, instead of this executable": "用什么启动 okws，代替当前可执行文件",
  "print the file and the commands, and do nothing": "只打印文件和命令，什么也不做",
  "stop the service and remove what install wrote": "停止服务，并删除 install 写的文件",
  "A file that okws did not write is left alone, and so is the configuration.":
    "不是 okws 写的文件不会动，配置文件也不会动。",
  "print the commands, and do nothing": "只打印命令，什么也不做",
  "there is no {file}, so nothing was removed": "没有 {file}，所以什么也没有删除",
  "show the installed service and how it is": "显示已安装的服务及其状态",
  "it is installed": "已安装",
  "it is not, or cannot be asked": "没有安装，或无法查询",
  "(not written by okws service install)": "（不是 okws service install 写的）",
  "{state}; not enabled": "{state}；未启用",
  "there is no {file}; install one: okws service install": "没有 {file}；请安装：okws service install",
  "a service of your own, not of the whole system": "只属于自己的服务，不是整个系统的",
  "instead of the one that this machine has": "代替本机所用的那一种",
  "prepare an image below this folder, whose service starts with it":
    "在这个目录下准备系统镜像，服务随镜像启动",
  "--manager is systemd or launchd: {value}": "--manager 只能是 systemd 或 launchd：{value}",
  "there is neither systemd nor launchd on {os}; start at boot: okws serve -c FILE":
    "{os} 上既没有 systemd 也没有 launchd；请设为开机启动：okws serve -c FILE",
  "--as names a user of a system's service, and --user makes it your own: take one of both":
    "--as 指定系统服务的用户，--user 表示只属于自己：两者只能选一个",
  "--as is the name of a user: {value}": "--as 应是用户名：{value}",
  "--credential {name}: its file cannot be read; name a file, not the secret itself":
    "--credential {name}：无法读取它的文件；请写文件名，不要写密钥本身",
  "--credential is NAME=FILE": "--credential 应写成 NAME=FILE",
  "the service has variables from {file} and --credential NAME=FILE, not from this shell":
    "服务的变量来自 {file} 和 --credential NAME=FILE，不来自当前 shell",
  "--exec begins with an absolute path: {value}": "--exec 应以绝对路径开头：{value}",
  'this okws runs from its sources, and a service needs a program of its own; build one: deno task compile && sudo install dist/okws /usr/local/bin/okws; or keep to the sources: --exec "{deno} run -A {file}"':
    '当前的 okws 从源码运行，而服务需要独立的程序；请构建：deno task compile && sudo install dist/okws /usr/local/bin/okws；或者仍用源码：--exec "{deno} run -A {file}"',
  "there is no program {path}": "没有程序 {path}",
  "a daemon of the whole system needs root: use sudo, or --user for an agent of your own":
    "整个系统的守护进程需要 root：请用 sudo，或用 --user 建立自己的 agent",
  "launchd hands over no credentials; let the configuration be readable by its user alone":
    "launchd 不传递凭据；请让配置文件只有其用户可读",
  "launchd would run a daemon as root; name a user for it: --as USER, or take --user":
    "launchd 会以 root 运行守护进程；请指定用户：--as USER，或用 --user",
  "not loaded": "没有加载",
  "{state}, last exit code {code}": "{state}，上次退出码 {code}",
  "{file} was not written by okws service install and is left alone; move it away first":
    "{file} 不是 okws service install 写的，不会动它；请先移走",
  "{program} does not take {file}: {reason}": "{program} 不接受 {file}：{reason}",
  "{words} failed: {reason}": "{words} 失败：{reason}",
  "{unit} came with a package; start that one: systemctl enable --now okws":
    "{unit} 是软件包带来的；请启动它：systemctl enable --now okws",
  "the service cannot read {file} itself and gets a copy: after a change, systemctl restart okws":
    "服务自己读不到 {file}，拿到的是副本：修改后请 systemctl restart okws",
  "it ends with your last login, unless: loginctl enable-linger":
    "您最后一次登录结束时它也会结束，除非：loginctl enable-linger",
  "systemd of this user cannot be asked ({reason}); log in as that user itself, not through su or sudo":
    "无法询问这个用户的 systemd（{reason}）；请以该用户直接登录，不要用 su 或 sudo",
  "systemd does not run here (a container?); let whatever starts programs here run: okws serve -c FILE":
    "这里没有运行 systemd（容器？）；请让负责启动程序的那一方运行：okws serve -c FILE",
  "a service of the whole system needs root: use sudo, or --user for a service of your own":
    "整个系统的服务需要 root：请用 sudo，或用 --user 建立自己的服务",
  "there is no user {name} here; leave --as out for a user that exists only while okws runs":
    "这里没有用户 {name}；不写 --as 则使用只在 okws 运行期间存在的用户",
  "the service cannot run {path}, where only its owner sees it; first: sudo install {same} /usr/local/bin/okws":
    "服务无法运行 {path}，那里只有所有者能访问；请先：sudo install {same} /usr/local/bin/okws",
  "systemd {version} hands over no credentials ({least} does); let a user of its own read the configuration: --as USER":
    "systemd {version} 不能传递凭据（{least} 起可以）；请让专门的用户读取配置：--as USER",
  "wrote {file}": "已写 {file}",
  "removed {file}": "已删除 {file}",
  "ran {command}": "已运行 {command}",
  "note: {reason}": "提示：{reason}",
  "okws is {state}": "okws 状态：{state}",
  "The exchange names no underlying of options": "交易所没有给出任何期权标的",
  "The exchange names no series of event contracts": "交易所没有给出任何事件合约系列",
  "{path} has more than {count} rows": "{path} 超过 {count} 行",
};
