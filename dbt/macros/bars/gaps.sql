{#
    How many bars of a length are due in the opening hours of a day (`opens_1, closes_1, opens_2, closes_2`, in minutes) that open
    before `until`, a number of bars since midnight. A bar in which the market closes and opens again counts once.
#}
{% macro bars_due(days, until, length) -%}
    cast(
        case when {{ days }}.opens_1 is null then 0e0 else greatest(
            0e0,
            least(ceil({{ days }}.closes_1 / {{ length }}e0), {{ until }}) - floor({{ days }}.opens_1 / {{ length }}e0)
        ) end
        + case when {{ days }}.opens_2 is null then 0e0 else greatest(
            0e0,
            least(ceil({{ days }}.closes_2 / {{ length }}e0), {{ until }})
            - greatest(floor({{ days }}.opens_2 / {{ length }}e0), ceil({{ days }}.closes_1 / {{ length }}e0))
        ) end
    as bigint)
{%- endmacro %}

{#
    The market of each asset of a relation, by its name as Bronze spells it. Null where the calendar is unknown: there a gap
    cannot be told from a closure.
#}
{% macro markets_of(relation) -%}
    select
        asset_pair,
        case
            {%- for asset_pair, market in var('market_calendars').items() %}
            when asset_pair = '{{ asset_pair }}' then '{{ market }}'
            {%- endfor %}
            when is_fiat_pair then 'foreign_exchange'
            when ending is not null then nullif(market, 'unknown')
            when asset_pair like '%-______' then 'always_open'
            when asset_pair like '%._' or asset_pair not like '%.%' then 'new_york'
        end as market
    from (
        select
            assets.asset_pair,
            endings.ending,
            endings.market,
            length(assets.asset_pair) = 6 and bases.currency is not null and quotes.currency is not null as is_fiat_pair,
            row_number() over (
                partition by assets.asset_pair order by length(endings.ending) desc nulls last
            ) as place
        from (select distinct asset_pair from {{ relation }}) as assets
        left join {{ ref('symbol_endings') }} as endings
            on right(assets.asset_pair, length(endings.ending)) = endings.ending
            and length(assets.asset_pair) >= endings.shortest_symbol
        left join {{ ref('fiat_currencies') }} as bases on bases.currency = left(assets.asset_pair, 3)
        left join {{ ref('fiat_currencies') }} as quotes on quotes.currency = right(assets.asset_pair, 3)
    ) as candidates
    where place = 1
{%- endmacro %}

{#
    The bars that were due between the bar before (`closed_before`) and a bar, from a relation that names both. Bars that do not
    lie on the UTC grid miss those that fit between them whole.
#}
{% macro with_gaps(relation) -%}
    select
        bars.*,
        cast(case
            when bars.closed_before is null or bars.timestamp <= bars.closed_before then 0
            when markets.market = 'always_open' then floor(
                {{ ffe.minutes_between('bars.closed_before', 'bars.timestamp') }}
                / nullif(cast({{ ffe.timeframe_minutes('bars.timeframe') }} as double), 0e0)
            )
            when bars.timeframe = '1d' then days_until.due_before_1d - days_since.due_before_1d
            {%- for timeframe, length in {'1m': 1, '5m': 5, '15m': 15, '1h': 60, '4h': 240}.items() %}
            when bars.timeframe = '{{ timeframe }}' then
                days_until.due_before_{{ timeframe }}
                + {{ ffe.bars_due('days_until', 'floor(' ~ ffe.minute_of_day('bars.timestamp') ~ ' / ' ~ length ~ 'e0)', length) }}
                - days_since.due_before_{{ timeframe }}
                - {{ ffe.bars_due('days_since', 'ceil(' ~ ffe.minute_of_day('bars.closed_before') ~ ' / ' ~ length ~ 'e0)', length) }}
            {%- endfor %}
        end as bigint) as gap_bars_before
    from {{ relation }} as bars
    left join markets on markets.asset_pair = bars.asset_pair
    left join {{ ref('int_market_days') }} as days_until
        on days_until.market = case when bars.timestamp > bars.closed_before then markets.market end
        and days_until.day = cast(bars.timestamp as date)
    left join {{ ref('int_market_days') }} as days_since
        on days_since.market = case when bars.timestamp > bars.closed_before then markets.market end
        and days_since.day = cast(bars.closed_before as date)
{%- endmacro %}

{% macro minute_of_day(instant) -%}
    (extract(hour from {{ instant }}) * 60 + extract(minute from {{ instant }}))
{%- endmacro %}
