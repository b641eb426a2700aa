import { requireClassification, requireSameShape } from '@understory/core';
import {
  add,
  div,
  exp,
  mean,
  mul,
  neg,
  sub,
  tidy,
  type Scalar,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { klRows, type TemperatureOptions } from './logits.ts';
import { logChance, oddsAgainst, otherClasses } from './otherClasses.ts';

/** A loss of both networks' logits [B, C] and the classes [B] int32 → [], in nats. */
export type LabelledKl = (student: Tensor2D, teacher: Tensor2D, labels: Tensor1D) => Scalar;

/** Throws unless logits of both are [B, C] of one shape, and labels hard ones, one a row: mixed ones have no own class. */
export const requireTaught = (what: string, [student, teacher, labels]: Parameters<LabelledKl>): void => {
  requireSameShape(what, { student, teacher }, '[B, C]');
  requireClassification(what, student, labels);
};

/**
 * DKD's part of the own class (Zhao et al. 2022, eq. 6): T² · mean KL of (p_y, 1 − p_y), teacher from student, of
 * probabilities at a temperature. `student`, `teacher` [B, C] logits, `labels` [B] int32 → [] in nats.
 */
export const targetClassKl =
  ({ temperature }: TemperatureOptions): LabelledKl =>
  (student, teacher, labels) =>
    tidy(() => {
      requireTaught('decoupled distillation', [student, teacher, labels]);
      const [s, t] = [student, teacher].map((o) => oddsAgainst(div(o, temperature), labels)) as [
        Tensor1D,
        Tensor1D,
      ];
      const part = (of: (odds: Tensor1D) => Tensor1D): Tensor1D => {
        const [own, taught] = [logChance(of(s)), logChance(of(t))] as const;
        return mul(exp(taught), sub(taught, own));
      };
      const rows = add(
        part((odds) => odds),
        part((odds) => neg(odds)),
      );
      return mul(mean(rows), temperature ** 2);
    });

/**
 * DKD's part of the other classes (Zhao et al. 2022, eq. 6): T² · mean KL(teacher ‖ student) among the C − 1 classes that
 * are not the row's own; 0 where there are two. `student`, `teacher` [B, C] logits, `labels` [B] int32 → [] in nats.
 */
export const otherClassesKl =
  ({ temperature }: TemperatureOptions): LabelledKl =>
  (student, teacher, labels) =>
    tidy(() => {
      requireTaught('decoupled distillation', [student, teacher, labels]);
      const [s, t] = [otherClasses(student, labels), otherClasses(teacher, labels)] as const;
      return mul(mean(klRows(s, t, temperature)), temperature ** 2);
    });
