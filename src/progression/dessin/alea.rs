//! Chance that is the same at every run, for tests of rules.
pub(crate) struct Des(pub(crate) u64);

impl Des {
    /// A number below `faces`.
    pub(crate) fn jet(&mut self, faces: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % faces
    }

    pub(crate) fn battre<T>(&mut self, valeurs: &mut [T]) {
        for i in (1..valeurs.len()).rev() {
            let j = self.jet(i + 1);
            valeurs.swap(i, j);
        }
    }
}
