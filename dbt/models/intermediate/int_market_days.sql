{#
    The days of each market with the bars that it should have had before, so that the bars between two instants are a difference.
    A bar is due when the market is open for some of its time; a bar of a day, on trading days.
#}
{%- set minutes = {'1m': 1, '5m': 5, '15m': 15, '1h': 60, '4h': 240} -%}
with days as (
    {{ ffe.days_from('2000-01-01', 11323) }}
),
{#- Weeks by weekday: a join on equal weekdays takes a sixth of the time of one on two ranges. #}
weekdays as (
    {% for weekday in range(1, 8) -%}
    select {{ weekday }} as weekday
    {% if not loop.last %}union all
    {% endif %}
    {%- endfor %}
),
weeks as (
    select weeks.*, weekdays.weekday
    from {{ ref('market_weeks') }} as weeks
    inner join weekdays on weekdays.weekday between weeks.from_weekday and weeks.to_weekday
),
hours as (
    select
        weeks.market,
        days.day,
        case when exceptions.day is null then weeks.opens_1 else exceptions.opens_1 end as opens_1,
        case when exceptions.day is null then weeks.closes_1 else exceptions.closes_1 end as closes_1,
        case when exceptions.day is null then weeks.opens_2 else exceptions.opens_2 end as opens_2,
        case when exceptions.day is null then weeks.closes_2 else exceptions.closes_2 end as closes_2,
        case when exceptions.day is null then weeks.has_daily_bar else exceptions.has_daily_bar end as has_daily_bar
    from days
    inner join weeks
        on weeks.weekday = {{ ffe.iso_weekday('days.day') }}
        and days.day between weeks.from_date and weeks.to_date
    left join {{ ref('market_exceptions') }} as exceptions
        on exceptions.market = weeks.market and exceptions.day = days.day
),
due as (
    select
        market, day, opens_1, closes_1, opens_2, closes_2,
        {% for timeframe, length in minutes.items() -%}
        {{ ffe.bars_due('hours', '1e9', length) }} as due_{{ timeframe }},
        {% endfor -%}
        case when has_daily_bar then 1 else 0 end as due_1d
    from hours
)
select
    market, day, opens_1, closes_1, opens_2, closes_2
    {%- for timeframe in ['1m', '5m', '15m', '1h', '4h', '1d'] %},
    cast(sum(due_{{ timeframe }}) over (
        partition by market order by day asc nulls last rows between unbounded preceding and current row
    ) as bigint) - due_{{ timeframe }} as due_before_{{ timeframe }}
    {%- endfor %}
from due
