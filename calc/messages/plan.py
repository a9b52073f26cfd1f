"""Texts of the room: plan."""

MESSAGES: dict[str, tuple[str, str]] = {
    # what check says of rules.toml
    "rules.key": ("{where}：没有这个键", "{where}: no such key"),
    "rules.value": ("{where} = {value!r} 不可用，应为 {expected}", "{where} = {value!r} cannot be used, expected {expected}"),
    "rules.lacks": ("{where}：缺少 {key}", "{where}: {key} is missing"),
    "rules.twice": ("{where}：{id} 出现两次", "{where}: {id} stands twice"),
    "rules.unknown": ("{where}：没有“{id}”这个政策或支持项", "{where}: there is no scheme or benefit “{id}”"),
    "rules.fact": ("{where}：没有“{fact}”这个事实", "{where}: there is no fact “{fact}”"),
    "rules.fact.type": ("{where}：事实 {fact} 的类型是 {type}，应为 {types}", "{where}: the fact {fact} is a {type}, expected {types}"),
    "rules.few": ("{where}：少于两项，规则不会起作用", "{where}: fewer than two, the rule can never apply"),
    "rules.except": ("{where}：except 里的 {id} 不在 schemes 里", "{where}: {id} is excepted but not among the schemes"),
    "rules.combine": ("{where}：{id} 的 combine 不是 one-of", "{where}: combine of {id} is not one-of"),
    "rules.equity": ("{where}：{id} 的支持方式不是股权投资", "{where}: {id} is not an equity stake"),
    "rules.cycle": ("前提成环：{path}", "prerequisites go in a circle: {path}"),
    "rules.object": ("objects：没有写 {id} 支持的是 project 还是 enterprise", "objects: {id} is neither under project nor under enterprise"),
    "rules.object.pays": ("objects：{id} 没有金额，不用列出", "objects: {id} pays no amount and need not stand here"),
}
