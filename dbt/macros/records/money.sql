{# Amounts of money that models compute: sums of them are exact whatever the order of the rows. #}
{% macro money_type() -%}
    decimal(28, 12)
{%- endmacro %}

{#
    The type of an amount that is added to another or taken from it: where a result may need more than 38 digits, as that of two
    sums does, Spark gives up digits behind the point.
#}
{% macro addend_type() -%}
    decimal(36, 12)
{%- endmacro %}

{# How much more an amount is than another. #}
{% macro difference(one, other) -%}
    cast({{ one }} as {{ ffe.addend_type() }}) - cast({{ other }} as {{ ffe.addend_type() }})
{%- endmacro %}

{# A recorded amount with the digits that arithmetic keeps. Null when it has more than 16 before the point. #}
{% macro amount(expression) -%}
    try_cast({{ expression }} as decimal(28, 12))
{%- endmacro %}

{# Whether eight decimals hold an amount exactly. #}
{% macro fits_eight_decimals(expression) -%}
    try_cast({{ expression }} as decimal(18, 8)) = {{ expression }}
{%- endmacro %}

{#
    The product of two amounts as money. It is exact where eight decimals hold both; a product of more digits than an engine's
    decimals have goes by way of doubles, with fifteen digits. Nineteen digits: DuckDB keeps a product of two factors of eighteen
    in eighteen digits.
#}
{% macro money_product(one, other) -%}
    case
        when {{ ffe.fits_eight_decimals(one) }} and {{ ffe.fits_eight_decimals(other) }}
            then try_cast(
                try_cast({{ one }} as decimal(19, 8)) * try_cast({{ other }} as decimal(18, 8)) as {{ ffe.money_type() }}
            )
        else try_cast(cast({{ one }} as double) * cast({{ other }} as double) as {{ ffe.money_type() }})
    end
{%- endmacro %}

{# A double that shall be added up: sums of doubles depend on the order of the rows, sums of decimals do not. #}
{% macro summand(expression, scale=22) -%}
    try_cast({{ expression }} as decimal(38, {{ scale }}))
{%- endmacro %}

{# A quotient of two counts or amounts as a double; null where the divisor is 0. #}
{% macro ratio(dividend, divisor) -%}
    cast({{ dividend }} as double) / nullif(cast({{ divisor }} as double), 0e0)
{%- endmacro %}

{# The mean win over the mean loss, of a row of int_trade_measures. #}
{% macro payoff(row) -%}
    ({{ ffe.ratio(row ~ '.gross_profit', row ~ '.valued_wins') }})
    / nullif(abs({{ ffe.ratio(row ~ '.gross_loss', row ~ '.valued_losses') }}), 0e0)
{%- endmacro %}
