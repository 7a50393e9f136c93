// Documents to begin with: those of examples/, as they are.
import shop from "../examples/cage-shop/policy.yaml?raw";
import escrow from "../examples/escrow/agreement.yaml?raw";
import lateDelivery from "../examples/late-delivery/agreement.yaml?raw";
import lending from "../examples/policies/lending/policy.yaml?raw";
import subscription from "../examples/subscription/agreement.yaml?raw";

export interface Example {
  readonly name: string;
  readonly about: string;
  readonly text: string;
}

export const EXAMPLES: readonly Example[] = [
  { name: "late-delivery.yaml", about: "agreement: late delivery", text: lateDelivery },
  { name: "escrow.yaml", about: "agreement: escrow with a timeout", text: escrow },
  { name: "subscription.yaml", about: "agreement: a subscription with a deposit", text: subscription },
  { name: "lending.yaml", about: "policy: a library that lends", text: lending },
  { name: "shop.yaml", about: "policy: what a shop may say to the world", text: shop },
];
