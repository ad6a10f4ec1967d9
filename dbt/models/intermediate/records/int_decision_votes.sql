{#
    What each provider said, a row for each decision and provider. In a debate the judge's seat alone decides, so it alone is a
    vote. A decision without votes is the vote of its one provider.
#}

with decisions as (
    select *, provider_votes is not null as has_votes from {{ ref('decision_history') }} where kind = 'decision'
),

cast_votes as (
    select
        decision_id,
        element.provider as provider,
        element.role as role,
        element.direction as direction,
        element.confidence as confidence,
        element.weight as weight,
        element.voting_power as voting_power,
        decision_path
    from ({{ ffe.each_element('decisions', ['decision_id', 'decision_path'], 'provider_votes') }}) as elements
),

votes as (
    select decision_id, provider, direction, confidence, weight, voting_power
    from cast_votes
    where provider is not null and (decision_path <> 'debate' or lower(role) = 'judge')
    union all
    select
        d.decision_id,
        d.ai_provider as provider,
        d.direction,
        d.confidence,
        cast(null as double) as weight,
        cast(null as double) as voting_power
    from decisions as d
    left join (select distinct decision_id from cast_votes where provider is not null) as v
        on v.decision_id = d.decision_id
    where v.decision_id is null and d.ai_provider is not null
),

ranked as (
    select
        *,
        row_number() over (
            partition by decision_id, provider
            order by
                confidence desc nulls last,
                direction desc nulls last,
                voting_power desc nulls last,
                weight desc nulls last
        ) as place
    from votes
)

select
    decision_id,
    provider,
    direction,
    try_cast(confidence as decimal(9, 4)) as confidence,
    -- A weight is a share: six decimals of it tell providers apart.
    try_cast(weight as decimal(18, 6)) as weight,
    try_cast(voting_power as decimal(18, 6)) as voting_power
from ranked
where place = 1
