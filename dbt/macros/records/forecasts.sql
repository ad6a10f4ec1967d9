{# A confidence of 0 to 100 as a probability. #}
{% macro probability(confidence) -%}
    cast(cast({{ confidence }} as decimal(9, 4)) * cast(0.01 as decimal(3, 2)) as decimal(9, 6))
{%- endmacro %}

{#
    How good probabilities were, for each group: the Brier score, the skill over always saying the share of wins, and the expected
    calibration error over ten bins of equal width. All sums are of decimals.

    forecasts: a relation with the columns of `by`, won (1 or 0) and probability.
#}
{% macro forecast_scores(forecasts, by) -%}
    {%- set keys = by | join(', ') -%}
    select
        {{ keys }},
        cast(sum(bin_count) as bigint) as forecasts,
        {{ ffe.ratio('sum(bin_squares)', 'sum(bin_count)') }} as brier,
        -- The variance of the outcomes is that of a share: wins · losses / count².
        1e0 - cast(sum(bin_squares) as double) * cast(sum(bin_count) as double)
            / nullif(cast(sum(bin_wins) as double) * cast(sum(bin_count) - sum(bin_wins) as double), 0e0) as skill,
        {{ ffe.ratio('sum(abs(bin_probability - bin_wins))', 'sum(bin_count)') }} as ece
    from (
        select
            {{ keys }},
            count(*) as bin_count,
            cast(sum(won) as decimal(18, 0)) as bin_wins,
            sum(probability) as bin_probability,
            cast(sum((probability - won) * (probability - won)) as decimal(28, 12)) as bin_squares
        from (
            select
                {{ keys }},
                cast(won as decimal(9, 0)) as won,
                probability,
                -- The tenth bin has probability 1, too.
                least(floor(probability * 10), 9) as bin
            from {{ forecasts }}
        ) as binned
        group by {{ keys }}, bin
    ) as bins
    group by {{ keys }}
{%- endmacro %}
