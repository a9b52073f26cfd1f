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
    # plan
    "plan.in": ("{project}：{error}", "{project}: {error}"),
    "plan.this": ("本项目", "the project"),
    "plan.error.benefit": ("没有“{fact}”这个支持项。可接受：{accepted}", "there is no benefit “{fact}”. Accepted: {accepted}"),
    "plan.accepted.benefit": ("{scheme} 的支持项：{known}", "the benefits of {scheme}: {known}"),
    "plan.error.must": ("要求的 {value} 不能满足：{accepted}", "{value} is required but cannot be had: {accepted}"),
    "plan.must.incomplete": ("缺少事实 {facts}，算不出金额", "facts are missing: {facts}"),
    "plan.must.conditional": (
        "条件未定（{facts}）；补上这些事实，或用 --allow-conditional 按条件成立计",
        "its conditions are open ({facts}); give these facts, or use --allow-conditional",
    ),
    "plan.must.equity": ("是股权投资，默认不计；用 --include-equity 计入", "it is an equity stake; use --include-equity"),
    "plan.must.excluded": ("同时又被排除", "it is excluded as well"),
    "plan.must.ineligible": ("所给项目拿不到这一项，或不在所选政策之内", "the project does not get it, or it is not among the schemes chosen"),
    "plan.must.together": ("这几项不能一起拿（规则：{rules}）", "they cannot be had together (rules: {rules})"),
    "plan.warn.unproved": ("没有证明这是最优：上界为 {bound} 元", "not proved to be the best: nothing exceeds {bound} 元"),
    "plan.warn.conditional": ("{benefit}：条件未定（{facts}），没有计入", "{benefit}: conditions open ({facts}), not counted"),
    "plan.warn.incomplete": ("{benefit}：缺少 {facts}，算不出金额，没有计入", "{benefit}: {facts} missing, no amount, not counted"),
    "plan.warn.open": (
        "另有 {likely} 项条件未定、{missing} 项缺少事实，没有计入；详见 subsidy match",
        "{likely} more have open conditions and {missing} lack facts; they are not counted, see subsidy match",
    ),
    "plan.warn.same": ("{benefits} 疑为同一项措施（{says}；{id}），可能只付一次", "{benefits} may be one measure ({says}; {id}), paid once only"),
    "plan.warn.cost": (
        "{benefits} 合计 {support} 元，超过{project}的{fact} {cost} 元；没有条文禁止，但通常不会超过实际支出",
        "{benefits} come to {support} 元, more than {fact} of {project}, {cost} 元; no clause forbids it, but support does not as a rule exceed the cost",
    ),
}
