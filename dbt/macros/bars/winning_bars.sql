{#
    One bar for each asset, timeframe and time: of all rows that a relation has of them, the one that counts. Real goes before
    mock, then the providers by their priority, then the newest row. The rest of the order makes it total. A bar with
    impossible prices never wins. The relation must have all rows of a key, never the new ones alone: a late bar of a
    lesser provider must not replace a better one.
#}
{% macro winning_bars(relation) -%}
{%- set order -%}
    is_mock asc nulls last,
    case source_provider{% for provider in var('provider_priority') %} when '{{ provider }}' then {{ loop.index }}{% endfor %} else 1000 end asc nulls last,
    _extracted_at desc nulls last, open asc nulls last, high asc nulls last, low asc nulls last, close asc nulls last,
    volume asc nulls last, source_provider asc nulls last
{%- endset -%}
    select
        asset_pair, timeframe, timestamp, open, high, low, close, volume,
        {{ ffe.closed_at('timestamp', 'timeframe') }} as closed_at,
        source_provider, provider_count, is_mock, _extracted_at
    from (
        select
            *,
            count(*) over (partition by asset_pair, timeframe, timestamp) as provider_count,
            row_number() over (partition by asset_pair, timeframe, timestamp order by {{ order }}) as place
        from (
            select
                *,
                row_number() over (
                    partition by asset_pair, timeframe, timestamp, source_provider order by {{ order }}
                ) as place_with_provider
            from {{ relation }}
            where low > 0 and low <= open and low <= close and open <= high and close <= high
        ) as possible_bars
        where place_with_provider = 1
    ) as ranked_bars
    where place = 1
{%- endmacro %}
