// Addresses a check tries. The public ones belong to a resolver that answers on 53, 80 and 443 by TCP and UDP in both families.

export const METADATA_V4 = "169.254.169.254";
export const METADATA_V6 = "fd00:ec2::254";
export const PUBLIC_V4 = "1.1.1.1";
export const PUBLIC_V6 = "2606:4700:4700::1111";
