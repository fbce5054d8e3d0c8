"""What others call the choices and keys of this program: behind "did you mean"."""

from collections.abc import Iterable

OTHERS = {  # ours: theirs
    "ce": "cross_entropy cross_entropy_loss crossentropy xent softmax nll nll_loss log_loss",
    "mse_softmax": "brier",
    "mse": "mse_loss l2_loss squared_error",
    "l1": "l1_loss absolute_error",
    "huber": "smooth_l1 smooth_l1_loss huber_loss",
    "quantile": "pinball",
    "focal": "focal_loss",
    "label_smoothing": "label_smoothing_ce smoothing ls_ce",
    "crammer_singer": "hinge multi_margin svm",
    "weighted": "weighted_ce class_weights weighted_cross_entropy",
    "resnet18": "resnet",
    "cnn8": "vgg",
    "lr": "learning_rate eta step_size",
    "weight_decay": "wd",
    "epochs": "max_epochs num_epochs n_epochs num_train_epochs",
    "batch_size": "batch bs train_batch_size per_device_train_batch_size",
    "grad_clip": "clip_grad_norm gradient_clip_val max_grad_norm grad_norm_clip clip",
    "noise": "noise_rate noise_ratio label_noise",
    "seed": "random_seed random_state",
    "seeds": "num_seeds n_seeds repeats",
    "val_fraction": "validation_split val_split val_size",
    "schedule": "scheduler lr_scheduler lr_schedule",
    "augment": "augmentation transform transforms",
    "loss": "criterion objective loss_fn",
    "model": "net network arch architecture backbone",
    "dataset": "data",
    "optimizer": "opt optim",
    "precision": "amp fp16 bf16 dtype",
    "width": "hidden hidden_size hidden_dim",
    "depth": "layers num_layers",
    "workers": "num_workers",
    "data_root": "data_dir data_path",
    "device": "gpu cuda accelerator",
    "store": "output output_dir results_dir save_dir",
}
OTHERWISE = {  # keys that others have, and what says it here
    "loss.label_smoothing": "loss=label_smoothing",
    "loss.smoothing": "loss=label_smoothing",
    "loss.weight": "loss=weighted",
    "loss.weights": "loss=weighted",
    "loss.class_weights": "loss=weighted",
    "loss.class_weight": "loss=weighted",
    "loss.alpha": "loss=weighted loss@loss.base=focal",
}


def meant(name: str, choices: Iterable[str]) -> str | None:
    """The choice that is written otherwise in this name, or is called so by others.

    >>> meant("CIFAR-10", ["cifar10", "cifar100"]), meant("learning_rate", ["lr"]), meant("xyz", ["lr"])
    ('cifar10', 'lr', None)
    """
    own = {_letters(choice): choice for choice in choices}
    return own.get(_letters(name)) or own.get(_OURS.get(_letters(name), ""))


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()


_OURS = {_letters(theirs): _letters(ours) for ours, words in OTHERS.items() for theirs in words.split()}
