{#
    A recurrence y = a · y + gain · x over each series of a relation with `asset_pair, timeframe, bar_seq`, without recursion. As
    a mean of a span, a = (span - 1) / (span + 1), and gain is 2 / (span + 1) unless it is given. Wilder's mean of n values
    has the span 2 · n - 1.

    columns: [{name, input, seed}], expressions over the relation that are doubles. y is the seed at the bar `first`, and goes
    on from there. Rows before `first` are left out.

    It works in blocks of B = 6 · span bars, counted from `first`. Within a block, y is a^place times the sum of the inputs, each
    divided by its power of a. Of the blocks before, the last values of `depth` of them count: a^B is less than e^-12, so what
    is left out is less than e^(-12 · depth) of the value. The sums are of decimals, so that no order of addition shows: a run
    that reads (depth + 1) · B bars before a bar gives it the same bits as a run over all bars.

    A change to this text can flip last bits, and asks for --full-refresh.
#}
{% macro linear_recurrence(relation, span, first, columns, gain=none, depth=3) -%}
{%- set block = 6 * span -%}
{%- set a = "(" ~ (span - 1) ~ "e0 / " ~ (span + 1) ~ "e0)" -%}
{%- set weight = gain if gain is not none else "(2e0 / " ~ (span + 1) ~ "e0)" -%}
{%- set series = "(partition by asset_pair, timeframe order by bar_seq asc nulls last)" -%}
{%- set in_block = "partition by asset_pair, timeframe, block_number order by bar_seq asc nulls last rows between unbounded preceding and" -%}
    select
        asset_pair, timeframe, bar_seq
        {%- for column in columns %},
        {%- set number = loop.index %}
        partial_{{ number }} + power({{ a }}, block_place + 1) * (
            (lag(last_{{ number }}, {{ block }}, 0e0) over {{ series }})
            {%- for back in range(2, depth + 1) %}
            + power({{ a }}, {{ (back - 1) * block }}) * (lag(last_{{ number }}, {{ back * block }}, 0e0) over {{ series }})
            {%- endfor %}
        ) as {{ column.name }}
        {%- endfor %}
    from (
        select
            *
            {%- for column in columns %},
            last_value(partial_{{ loop.index }}) over ({{ in_block }} unbounded following) as last_{{ loop.index }}
            {%- endfor %}
        from (
            select
                asset_pair, timeframe, bar_seq, block_number, block_place
                {%- for column in columns %},
                power({{ a }}, block_place) * cast(
                    sum(cast(input_{{ loop.index }} * power({{ a }}, -block_place) as decimal(38, 18))) over ({{ in_block }} current row)
                as double) as partial_{{ loop.index }}
                {%- endfor %}
            from (
                select
                    asset_pair, timeframe, bar_seq,
                    cast(floor((bar_seq - {{ first }}) / {{ block }}e0) as bigint) as block_number,
                    (bar_seq - {{ first }}) % {{ block }} as block_place
                    {%- for column in columns %},
                    case when bar_seq = {{ first }} then {{ column.seed }} else {{ weight }} * {{ column.input }} end as input_{{ loop.index }}
                    {%- endfor %}
                from {{ relation }}
                where bar_seq >= {{ first }}
            ) as inputs
        ) as partials
    ) as blocks
{%- endmacro %}
