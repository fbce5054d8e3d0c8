"""Do features fall into the classes by themselves?"""

import torch
from torch import Tensor

STARTS = 10  # of k-means, the best of which is taken


def of_features(features: Tensor, labels: Tensor, num_classes: int) -> dict[str, Tensor]:
    """{metric: (S,)} of k-means with K clusters on features (S, M, D), by their labels (S, M): see agreement.

    There are fewer clusters where there are fewer different features.
    """
    import numpy as np
    from sklearn.cluster import KMeans

    found = []
    for z, y in zip(features.double().cpu().numpy(), labels.cpu().numpy(), strict=True):
        different = len(np.unique(z, axis=0))
        clusters = KMeans(min(num_classes, different), n_init=STARTS, random_state=0).fit_predict(z)
        found.append(agreement(y, clusters))
    return {
        name: torch.tensor([each[name] for each in found], dtype=torch.float64, device=features.device)
        for name in found[0]
    }


def agreement(labels: object, clusters: object) -> dict[str, float]:
    """How clusters (M,) and labels (M,) agree.

    cluster_accuracy is the share of examples whose class is that of their cluster, matched as is best (the
    Hungarian method); cluster_nmi the mutual information over the mean of both entropies; cluster_ari the Rand index,
    adjusted for chance: 0 on average, at least -0.5.
    """
    from scipy.optimize import linear_sum_assignment
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
    from sklearn.metrics.cluster import contingency_matrix

    counts = contingency_matrix(labels, clusters)
    return {
        "cluster_accuracy": float(counts[linear_sum_assignment(counts, maximize=True)].sum() / counts.sum()),
        "cluster_nmi": min(float(normalized_mutual_info_score(labels, clusters)), 1.0),
        "cluster_ari": float(adjusted_rand_score(labels, clusters)),
    }
