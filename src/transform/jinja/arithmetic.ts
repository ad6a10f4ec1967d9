import { asNumber } from "./equality.ts";
import { limitError, typeError, valueError } from "./failures.ts";
import { divideExactly, floatFloorDivide, floatRemainder, floorDivide, remainder } from "./number-laws.ts";
import { percentFormat } from "./percent-format.ts";
import { typeName } from "./printing.ts";
import type { BinaryOperator } from "./syntax.ts";
import { PyObject, type Value } from "./values.ts";

/** A text or an int longer than this is a mistake, or an attack. */
const longestText = 50_000_000;
const mostBits = 1_000_000;

export function operate(operator: BinaryOperator, left: Value, right: Value): Value {
  const result =
    operateNumbers(operator, left, right) ??
    operateTexts(operator, left, right) ??
    operateObjects(operator, left, right);
  if (result !== undefined) return result;
  const types = `'${typeName(left)}' and '${typeName(right)}'`;
  throw typeError(`unsupported operand type(s) for ${operator}: ${types}`);
}

export function negate(value: Value): Value {
  const number = asNumber(value);
  if (number !== undefined) return -number;
  throw badOperand("-", value);
}

export function positive(value: Value): Value {
  const number = asNumber(value);
  if (number !== undefined) return number;
  throw badOperand("+", value);
}

function badOperand(operator: string, value: Value): Error {
  if (value instanceof PyObject) value.operate(operator, null, false);
  return typeError(`bad operand type for unary ${operator}: '${typeName(value)}'`);
}

function operateObjects(operator: BinaryOperator, left: Value, right: Value): Value | undefined {
  if (left instanceof PyObject) {
    const result = left.operate(operator, right, false);
    if (result !== undefined) return result;
  }
  return right instanceof PyObject ? right.operate(operator, left, true) : undefined;
}

function operateTexts(operator: BinaryOperator, left: Value, right: Value): Value | undefined {
  if (operator === "%" && typeof left === "string") return percentFormat(left, right);
  if (operator === "*") {
    if (typeof left === "string") return repeatText(left, right);
    return typeof right === "string" ? repeatText(right, left) : undefined;
  }
  if (operator !== "+" || typeof left !== "string") return undefined;
  if (typeof right === "string") return left + right;
  if (right instanceof PyObject) right.operate(operator, left, true);
  throw typeError(`can only concatenate str (not "${typeName(right)}") to str`);
}

function repeatText(text: string, times: Value): Value | undefined {
  if (times instanceof PyObject) return undefined;
  if (typeof times !== "bigint" && typeof times !== "boolean") {
    throw typeError(`can't multiply sequence by non-int of type '${typeName(times)}'`);
  }
  const count = Math.max(0, Number(times));
  if (text.length * count > longestText) {
    throw limitError(
      `a text of ${text.length * count} characters is longer than the ${longestText} that a template may make`,
    );
  }
  return text.repeat(count);
}

function operateNumbers(operator: BinaryOperator, left: Value, right: Value): Value | undefined {
  const [a, b] = [asNumber(left), asNumber(right)];
  if (a === undefined || b === undefined) return undefined;
  if (typeof a === "bigint" && typeof b === "bigint") return operateIntegers(operator, a, b);
  return operateFloats(operator, toFloat(a), toFloat(b));
}

function operateIntegers(operator: BinaryOperator, left: bigint, right: bigint): Value {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "**":
      return right < 0n ? operateFloats("**", toFloat(left), toFloat(right)) : power(left, right);
    default:
  }
  if (right === 0n)
    throw valueError(operator === "/" ? "division by zero" : "integer division or modulo by zero");
  if (operator === "//") return floorDivide(left, right);
  if (operator === "%") return remainder(left, right);
  const quotient = divideExactly(left, right);
  if (!Number.isFinite(quotient)) throw valueError("integer division result too large for a float");
  return quotient;
}

function power(base: bigint, exponent: bigint): bigint {
  const bits = base.toString(2).length;
  if (bits > 2 && BigInt(bits) * exponent > mostBits) {
    throw limitError(`${base} ** ${exponent} has more than the ${mostBits} bits that a template may compute`);
  }
  return base ** exponent;
}

function operateFloats(operator: BinaryOperator, left: number, right: number): number {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "**":
      return floatPower(left, right);
    default:
  }
  if (right === 0)
    throw valueError(
      operator === "/" ? "float division by zero" : `float ${operatorNames[operator]} by zero`,
    );
  if (operator === "/") return left / right;
  return operator === "//" ? floatFloorDivide(left, right) : floatRemainder(left, right);
}

const operatorNames: Readonly<Record<"//" | "%", string>> = { "//": "floor division", "%": "modulo" };

function floatPower(base: number, exponent: number): number {
  if (base === 0 && exponent < 0) throw valueError("0.0 cannot be raised to a negative power");
  if (base === 1) return 1;
  const result = base ** exponent;
  if (Number.isNaN(result) && !Number.isNaN(base) && !Number.isNaN(exponent)) {
    throw valueError(`${base} ** ${exponent} is a complex number, which templates do not have`);
  }
  if (!Number.isFinite(result) && Number.isFinite(base) && Number.isFinite(exponent)) {
    throw valueError("the result of ** is too large for a float");
  }
  return result;
}

function toFloat(value: bigint | number): number {
  const float = Number(value);
  if (typeof value === "bigint" && !Number.isFinite(float))
    throw valueError("int too large to convert to float");
  return float;
}
