//! Sums of multiples of points, by Lim and Lee's comb ("More Flexible Exponentiation with Precomputation", 1994;
//! Handbook of Applied Cryptography, algorithm 14.117).
//!
//! The 256 bits of a scalar are written as eight rows of 32. The eight bits of a column then say which of eight
//! multiples of the point to add up, the same eight for every column. A table has each of these sums. So a multiple
//! takes 31 doublings and 32 additions, and multiples that are summed up share the doublings.
//!
//! The scalars decide which entries are read, so this is for public ones only.

use std::sync::LazyLock;

use p256::elliptic_curve::BatchNormalize;
use p256::elliptic_curve::ff::PrimeField;
use p256::elliptic_curve::ops::Double;
use p256::elliptic_curve::point::AffineCoordinates;
use p256::{AffinePoint, FieldBytes, ProjectivePoint, Scalar};

/// The rows of a scalar, each of 32 bits.
const ROWS: usize = 8;

/// The bits of a row.
const COLUMNS: u32 = u32::BITS;

/// The table of the curve's generator: x and y of each point, big-endian. An instance reads these 16,320 bytes for a
/// third of what it would cost to compute them.
const GENERATOR: &[u8] = include_bytes!("generator.bin");

/// The table of a point: 255 sums of its multiples, which take 18,360 bytes in Wasm.
pub(super) struct Comb(Vec<AffinePoint>);

impl Comb {
    /// Computes the table of a point, which costs about as much as five sums of two multiples.
    pub(super) fn new(point: ProjectivePoint) -> Self {
        let mut sums: Vec<ProjectivePoint> = Vec::with_capacity((1 << ROWS) - 1);
        let mut multiple = point;
        for row in 0..ROWS {
            if row > 0 {
                for _ in 0..COLUMNS {
                    multiple.double_in_place();
                }
            }
            // Counted from one, the place of a sum has the bit of each row whose multiple is in it.
            let with_others: Vec<_> = sums.iter().map(|sum| multiple + sum).collect();
            sums.push(multiple);
            sums.extend(with_others);
        }
        Self(ProjectivePoint::batch_normalize(sums.as_slice()))
    }

    /// Returns the table of the curve's generator, which is read at its first use.
    pub(super) fn generator() -> &'static Self {
        static TABLE: LazyLock<Comb> = LazyLock::new(|| {
            Comb::decode(GENERATOR).unwrap_or_else(|| Comb::new(ProjectivePoint::GENERATOR))
        });
        &TABLE
    }

    /// Reads a table; `None` if a point of it is not on the curve.
    fn decode(table: &[u8]) -> Option<Self> {
        let (coordinates, []) = table.as_chunks::<32>() else {
            return None;
        };
        let (points, []) = coordinates.as_chunks::<2>() else {
            return None;
        };
        let point = |[x, y]: &[[u8; 32]; 2]| {
            AffinePoint::from_coordinates(&FieldBytes::from(*x), &FieldBytes::from(*y))
                .into_option()
        };
        points.iter().map(point).collect::<Option<_>>().map(Self)
    }

    /// Finds the sum of the multiples that a column's bits name; `None` if they name none.
    fn sum(&self, scalar: &Rows, column: u32) -> Option<&AffinePoint> {
        let bits = scalar
            .iter()
            .fold(0, |bits, row| bits << 1 | (row >> column & 1) as usize);
        self.0.get(bits.checked_sub(1)?)
    }
}

/// A scalar, the most significant row first.
type Rows = [u32; ROWS];

fn rows(scalar: &Scalar) -> Rows {
    let bytes: [u8; 4 * ROWS] = scalar.to_repr().into();
    let mut rows = [0; ROWS];
    for (row, bytes) in rows.iter_mut().zip(bytes.as_chunks().0) {
        *row = u32::from_be_bytes(*bytes);
    }
    rows
}

/// Multiplies each table's point by its scalar, and adds all of these up.
pub(super) fn sum_of_multiples<const TERMS: usize>(
    terms: [(&Comb, &Scalar); TERMS],
) -> ProjectivePoint {
    let terms = terms.map(|(comb, scalar)| (comb, rows(scalar)));
    let mut sum = ProjectivePoint::IDENTITY;
    for column in (0..COLUMNS).rev() {
        for (comb, scalar) in &terms {
            if let Some(point) = comb.sum(scalar, column) {
                sum += point;
            }
        }
        if column > 0 {
            sum.double_in_place();
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use std::fs;

    use p256::elliptic_curve::ops::Reduce;
    use proptest::prelude::*;

    use super::*;

    fn encode(comb: &Comb) -> Vec<u8> {
        comb.0
            .iter()
            .flat_map(|point| [point.x(), point.y()])
            .flatten()
            .collect()
    }

    /// Writes the table that the next test compares.
    #[test]
    #[ignore = "changes the source"]
    fn write_the_table_of_the_generator() {
        let file = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/src/signatures/es256/generator.bin"
        );
        fs::write(file, encode(&Comb::new(ProjectivePoint::GENERATOR))).unwrap();
    }

    #[test]
    fn the_table_of_the_generator_is_what_the_curves_library_computes() {
        assert!(
            GENERATOR == encode(&Comb::new(ProjectivePoint::GENERATOR)),
            "run `cargo test write_the_table_of_the_generator -- --ignored`"
        );
        assert_eq!(Comb::decode(GENERATOR).unwrap().0.len(), 255);
    }

    #[test]
    fn a_table_with_a_point_off_the_curve_is_not_read() {
        let mut table = GENERATOR.to_vec();
        table[1000] ^= 1;
        assert!(Comb::decode(&table).is_none());
        assert!(Comb::decode(&GENERATOR[1..]).is_none());
        assert!(Comb::decode(&GENERATOR[32..]).is_none());
    }

    /// Scalars, and those at which carries, zeros and ones are all in one place.
    fn scalar() -> impl Strategy<Value = Scalar> {
        let reduce = |bytes: [u8; 32]| Scalar::reduce(&FieldBytes::from(bytes));
        prop_oneof![
            4 => any::<[u8; 32]>().prop_map(reduce),
            1 => any::<u64>().prop_map(Scalar::from),
            1 => any::<u64>().prop_map(|small| -Scalar::from(small)),
            1 => (0..32_usize, any::<u8>()).prop_map(move |(place, byte)| {
                let mut bytes = [0; 32];
                bytes[place] = byte;
                reduce(bytes)
            }),
            1 => Just(Scalar::ZERO),
            1 => Just(Scalar::ONE),
            1 => Just(-Scalar::ONE),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_sum_of_multiples_is_what_the_curves_library_computes(
            factor in scalar(), first in scalar(), second in scalar(), cancel in any::<bool>()
        ) {
            let point = ProjectivePoint::GENERATOR * factor;
            // Multiples that cancel each other out meet the point at infinity.
            let first = if cancel { -(second * factor) } else { first };
            let sum = sum_of_multiples([(Comb::generator(), &first), (&Comb::new(point), &second)]);
            prop_assert_eq!(sum, ProjectivePoint::GENERATOR * first + point * second);
        }
    }
}
