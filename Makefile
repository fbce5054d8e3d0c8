# Every command, one line each; `make` alone lists them.
PYTHON ?= python3
RUN := .venv/bin/python -m
GRID := $(RUN) runner exec.wandb.mode=disabled -m
RATES := 0.001,0.002,0.005,0.01,0.02,0.05,0.1,0.2
TUNE := $(RUN) runner.tune exec.wandb.mode=disabled experiment=noise noise=0.4 val_fraction=0.1 seeds=3 trials=8 \
	tune.sampler=grid 'space.optimizer.lr=choice($(RATES))' final.seeds=10 final.val_fraction=0 store=results/noise
DATA := docs/results/data
DRAW := $(RUN) runner.report store=$(DATA)
FRONT := dataset=digits,noise_type=symmetric,noise=0.4,loss=ce|gce|sce|nce_rce|logit_clip|elr
PAGES := README.md docs/results/*.md
MORE := method regularizer risk# families of claims on a page of their own
OTHER := regression multilabel# and those of tasks that are no classification
PARTS := network optimizer calibration curation mixing held_out bayesian dictionary bags# and those of parts around losses and methods
INFORMATION := mutual_information representation dynamics matching retrieval environments adaptation theory language density transport flow_networks single_tasks preference# and those with pages of results of their own
LOSSES := $(filter-out $(MORE) $(OTHER) $(PARTS) $(INFORMATION),$(shell sed -n 's/^family: //p' conf/claim/*.yaml | sort -u))
REVERSED := aldr_symmetric dice_f1 ensloss_binary focal_calibrated smoothing_calibration squentropy_calibrated \
	adversarial_smooth label_perturbation_calibrated
SECOND := adversarial_smooth crosssplit_symmetric deep_supervision_deep group_dro_worst jocor_symmetric mixup_accuracy \
	nested_dropout_symmetric reject_aurc
SCALE ?= laptop
DATASET ?=
KEEP ?=
CIFARN ?=

unexport PYTHONDONTWRITEBYTECODE# tests start hundreds of processes, each of which would compile all modules anew

help:                 ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: .venv/ready  ## make .venv, with pinned packages

demo: .venv/ready     ## train a small grid on handwritten digits and compare: 3 objectives, 2 noise rates, 10 seeds
	$(RUN) runner -m loss=ce,gce,sce noise=0,0.6 seeds=10 store=results/demo
	$(RUN) runner.report store=results/demo show=differences

test: .venv/ready     ## all tests and doctests, but for those of test-programs
	$(RUN) pytest -m "not programs"

test-programs: .venv/ready ## the tests that start, interrupt and kill real programs and their workers
	$(RUN) pytest -m programs

test-quick: .venv/ready ## the tests nearest to what git says is changed, and of many cases a few: in less than a minute
	$(RUN) tests.quick

test-faults: .venv/ready ## kill, fill and starve sweeps, damage stores and mistype command lines for minutes, and see that nothing is lost
	$(RUN) pytest -n0 -v tests/faults/test_*.py

test-browser: .venv/ready ## open the report's page in Chromium ($CHROMIUM, or /usr/bin/chromium: apt install chromium)
	$(RUN) pytest -n0 -v tests/browser/test_page.py

lint: .venv/ready     ## format, style and types, without changing anything
	$(RUN) ruff format --check && $(RUN) ruff check && $(RUN) mypy

check: lint test test-programs ## what has to pass before a commit, and all that CI runs

format: .venv/ready   ## put the code into its format
	$(RUN) ruff format && $(RUN) ruff check --fix

noise: .venv/ready    ## train 23 noise-robust losses on two data sets, at defaults and tuned, 10 seeds, symmetric and asymmetric noise; keep it for docs/results
	$(GRID) experiment=noise store=results/noise
	$(GRID) experiment=noise noise_type=asymmetric noise=0.2,0.4 store=results/noise
	$(RUN) runner.report store=results/noise where=val_fraction=0.0,optimizer.lr=0.1 pack=$(DATA)/noise.jsonl.gz only=test/accuracy
	$(TUNE) dataset=digits final.noise=0,0.2,0.4,0.6,0.8 keep=results/noise/tuned-1.jsonl.gz
	$(TUNE) dataset=digits final.noise=0.2,0.4 final.noise_type=asymmetric keep=results/noise/tuned-2.jsonl.gz
	$(TUNE) dataset=mnist1d final.noise=0,0.2,0.4,0.6,0.8 keep=results/noise/tuned-3.jsonl.gz
	$(TUNE) dataset=mnist1d final.noise=0.2,0.4 final.noise_type=asymmetric keep=results/noise/tuned-4.jsonl.gz
	cat results/noise/tuned-[1-4].jsonl.gz > results/noise/tuned.jsonl.gz
	$(RUN) runner.report store=results/noise/tuned.jsonl.gz pack=$(DATA)/noise_tuned.jsonl.gz only=test/accuracy
	$(RUN) runner.report store=results/noise where=val_fraction=0.1,optimizer.lr=0.1,noise=0.4 pack=$(DATA)/rules.jsonl.gz only=test/accuracy

fashion: .venv/ready  ## train the eight losses that lead there, and cross-entropy, on all of Fashion-MNIST (most of an hour), and keep it for docs/results
	$(GRID) experiment=fashion store=results/fashion
	$(GRID) experiment=fashion noise_type=asymmetric store=results/fashion
	$(RUN) runner.report store=results/fashion pack=$(DATA)/fashion.jsonl.gz only=test/accuracy,train/memorised

NUMBERS := exec.wandb.mode=disabled experiment=outliers noise=0.1 val_fraction=0.2 seeds=8 seed=100 trials=6 tune.sampler=grid \
	'space.optimizer.lr=choice(0.0003,0.001,0.003,0.01,0.03,0.1)' final.seed=0 final.seeds=10 final.val_fraction=0 final.noise=0,0.1,0.3 store=results/outliers

outliers: .venv/ready ## train eleven losses of numbers on three data sets with outliers, at defaults and tuned, 10 seeds; keep it for docs/results
	$(GRID) experiment=outliers store=results/outliers
	for name in diabetes friedman1 friedman2; do $(RUN) runner.tune $(NUMBERS) dataset=$$name keep=results/outliers/tuned-$$name.jsonl.gz || exit 1; done
	cat results/outliers/tuned-diabetes.jsonl.gz results/outliers/tuned-friedman1.jsonl.gz results/outliers/tuned-friedman2.jsonl.gz > results/outliers/tuned.jsonl.gz
	$(RUN) runner.report store=results/outliers where=val_fraction=0.0,optimizer.lr=0.001 pack=$(DATA)/outliers.jsonl.gz only=test/rmse,test/mae
	$(RUN) runner.report store=results/outliers/tuned.jsonl.gz pack=$(DATA)/outliers_tuned.jsonl.gz only=test/rmse,test/mae

LARGE := 0.01,0.02,0.05,0.1,0.2,0.5
SMALL := 0.0003,0.001,0.003,0.01,0.03,0.1
MUON := 0.0003,0.001,0.003,0.01,0.02,0.1# its default among them, as in the others
TINY := 0.00003,0.0001,0.0003,0.001,0.003,0.01
RATE_OF := sgd:optimizer.lr=$(LARGE) sam:optimizer.base.lr=$(LARGE) adam:optimizer.lr=$(SMALL) adamw:optimizer.lr=$(SMALL) \
	muon:optimizer.lr=$(MUON) soap:optimizer.lr=$(SMALL) rmsprop:optimizer.lr=$(TINY) lion:optimizer.lr=$(TINY)

optimizers: .venv/ready ## tune the learning rate of five losses under each of eight optimizers, then train 10 seeds with clean and noisy labels; keep it for docs/results
	for each in $(RATE_OF); do name=$${each%%:*} rate=$${each#*:}; $(RUN) runner.tune exec.wandb.mode=disabled experiment=optimizers optimizer=$$name \
	  noise=0.4 val_fraction=0.2 seeds=3 trials=6 tune.sampler=grid "space.$${rate%%=*}=choice($${rate#*=})" final.seeds=10 final.val_fraction=0 \
	  final.noise=0,0.4 store=results/optimizers keep=results/optimizers/tuned-$$name.jsonl.gz || exit 1; done
	cat results/optimizers/tuned-*.jsonl.gz > results/optimizers/tuned.jsonl.gz
	$(RUN) runner.report store=results/optimizers/tuned.jsonl.gz pack=$(DATA)/optimizers_tuned.jsonl.gz only=test/accuracy

VARIANCE := $(RUN) runner.variance exec.wandb.mode=disabled loss=ce,gce,sce,nce_rce,elr noise=0.4 resample=bootstrap \
	sources=init,order,noise,split seeds=20 points=5 store=results/variance

variance: .venv/ready ## take the variance of five losses on two data sets apart by its sources (half an hour of a core); keep it for docs/results
	$(VARIANCE) dataset=digits keep=results/variance/digits.jsonl.gz
	$(VARIANCE) dataset=mnist1d dataset.num_samples=2000 keep=results/variance/mnist1d.jsonl.gz
	cat results/variance/digits.jsonl.gz results/variance/mnist1d.jsonl.gz > $(DATA)/variance.jsonl.gz

EMBEDDINGS := $(RUN) runner.tune exec.wandb.mode=disabled experiment=retrieval eval_every=30 val_fraction=0.2 seeds=8 seed=100 trials=6 tune.sampler=grid \
	'space.optimizer.lr=choice(0.0003,0.001,0.003,0.01,0.03,0.1)' final.seed=0 final.seeds=10 final.val_fraction=0 store=results/retrieval
CLASSES := task.held_out=classes val_fraction=0.4 final.task.held_out=examples store=results/retrieval_classes# what validation asks about
THREE := sampler.classes=3 batch_size=48 final.sampler.classes=4 final.batch_size=64# as many classes as are left for training
UNTRAINED := loss=ce method=erm sampler=shuffle model=linear epochs=30 eval_every=30 seeds=10

retrieval: .venv/ready ## tune twelve losses of embeddings and a classifier on half of MNIST-1D's classes, by seen and by unseen classes, then train 10 seeds of each (an hour); keep it for docs/results
	$(EMBEDDINGS) keep=results/retrieval/tuned-1.jsonl.gz
	$(EMBEDDINGS) loss=ce method=erm sampler=shuffle keep=results/retrieval/tuned-2.jsonl.gz
	$(EMBEDDINGS) $(CLASSES) $(THREE) keep=results/retrieval_classes/tuned-1.jsonl.gz
	$(EMBEDDINGS) $(CLASSES) loss=ce method=erm sampler=shuffle keep=results/retrieval_classes/tuned-2.jsonl.gz
	$(GRID) task=retrieval $(UNTRAINED) store=results/retrieval/inputs
	$(GRID) task=retrieval dataset=digits $(UNTRAINED) store=results/retrieval/digits
	$(GRID) task=retrieval dataset=digits loss=contrastive,triplet,supcon epochs=30 eval_every=30 seeds=10 store=results/retrieval/digits
	cat results/retrieval/tuned-[12].jsonl.gz > results/retrieval/tuned.jsonl.gz
	$(RUN) runner.report store=results/retrieval/tuned.jsonl.gz pack=$(DATA)/retrieval_tuned.jsonl.gz only=test/map_at_r,test/recall_at_1
	cat results/retrieval_classes/tuned-[12].jsonl.gz > results/retrieval_classes/tuned.jsonl.gz
	$(RUN) runner.report store=results/retrieval_classes/tuned.jsonl.gz pack=$(DATA)/retrieval_classes.jsonl.gz only=test/map_at_r,test/recall_at_1
	$(RUN) runner.report store=results/retrieval where=val_fraction=0.0,optimizer.lr=0.001 pack=results/retrieval/defaults.jsonl.gz only=test/map_at_r,test/recall_at_1
	$(RUN) runner.report store=results/retrieval/inputs pack=results/retrieval/inputs.jsonl.gz only=test/map_at_r,test/recall_at_1
	cat results/retrieval/defaults.jsonl.gz results/retrieval/inputs.jsonl.gz > results/retrieval/all.jsonl.gz
	$(RUN) runner.report store=results/retrieval/all.jsonl.gz pack=$(DATA)/retrieval.jsonl.gz only=test/map_at_r,test/recall_at_1
	$(RUN) runner.claims retrieval keep=$(DATA)/claims_retrieval.jsonl
	$(RUN) runner.report store=results/retrieval/digits pack=$(DATA)/retrieval_digits.jsonl.gz only=test/map_at_r,test/recall_at_1

FEATURES := $(GRID) task=representation epochs=30 batch_size=256 eval_every=30
VIEWS := $(FEATURES) seeds=9 store=results/representations
DISCOVERED := $(FEATURES) 'measure=[discovery]' imbalance=1,10 seeds=12 store=results/discovery
DIGITS := dataset=digits model=mlp augment=standard augment.padding=1 augment.flip=0

representations: .venv/ready ## train objectives of representations on MNIST-1D, nine seeds, put their claims to the test (two hours of a core), and keep it for docs/results
	$(VIEWS) method=erm loss=ce augment=none model=linear
	$(VIEWS) method=frozen,erm loss=ce
	$(VIEWS) loss=nt_xent,barlow,vicreg
	$(VIEWS) method=simsiam loss=cosine
	$(VIEWS) method=byol loss=cosine method.momentum=0.99
	$(RUN) runner.report store=results/representations pack=$(DATA)/representations.jsonl.gz only=test/probe_accuracy,test/knn_accuracy
	$(DISCOVERED) $(DIGITS) loss=nt_xent
	$(DISCOVERED) $(DIGITS) method=frozen loss=ce
	$(DISCOVERED) loss=nt_xent
	$(DISCOVERED) method=frozen loss=ce
	$(RUN) runner.report store=results/discovery pack=$(DATA)/discovery.jsonl.gz only=train/discovery_accuracy,train/discovery_known,train/discovery_new,train/discovery_kmeans,train/discovery_seeded
	$(RUN) runner.claims representation dynamics matching keep=$(DATA)/claims_representation.jsonl

information: .venv/ready ## train six objectives of mutual information on pairs with 2 to 8 nats, five seeds (an hour of a core), and keep it for docs/results
	$(GRID) experiment=mutual_information store=results/mutual_information
	$(RUN) runner.report store=results/mutual_information pack=$(DATA)/mutual_information.jsonl.gz only=test/absolute_error,test/estimate,test/estimate_deviation
	$(RUN) runner.claims mutual_information keep=$(DATA)/claims_mutual_information.jsonl

DOMAINS := $(RUN) runner.tune exec.wandb.mode=disabled batch_size=320 model.width=64 optimizer=adam schedule=constant epochs=15 eval_every=15 \
	seeds=5 seed=100 trials=9 tune.sampler=grid 'space.optimizer.lr=choice(0.0003,0.001,0.003)' final.seed=0 final.seeds=12 final.val_fraction=0 \
	final.dataset.validated_on=training store=results/environments
UNSEEN := rotated_digits shifted_mnist1d rotated_digits+dataset.change=blur+dataset.strengths=[0,0.5,1,1.5,2,2.5]+dataset.held_out=2.5 \
	colored_digits+dataset.color_flips=[0.1,0.15,0.2,0.25,0.3,0.9]# a + stands for a space
BALANCED := sampler=domain_balanced
TUNED_ON_DOMAINS := $(addsuffix +space.optimizer.weight_decay=choice(0.0,0.0001,0.01),$(BALANCED) sampler=shuffle) $(addprefix $(BALANCED)+, \
	regularizer=irm+space.regularizer.irm.weight=choice(1,100,10000) risk=vrex+space.risk.weight=choice(0.1,10,1000) \
	regularizer=coral+space.regularizer.coral.weight=choice(0.1,1,10) regularizer=mmd+space.regularizer.mmd.weight=choice(0.1,1,10) \
	regularizer=dann+space.regularizer.dann.weight=choice(0.1,1,10) \
	regularizer=dann+regularizer.dann.conditional=true+space.regularizer.dann.weight=choice(0.1,1,10) \
	risk=group_dro+risk.groups=domains+space.risk.step=choice(0.001,0.01,0.1) method=mixup+space.method.alpha=choice(0.1,0.3,1) \
	regularizer=spectral_decoupling+space.regularizer.spectral_decoupling.weight=choice(0.01,0.1,1))

domains: .venv/ready ## tune eleven objectives on four data sets by each of three choices of validation, then train 12 seeds of each (two hours of a core); keep it for docs/results
	set -f; for way in training seed oracle; do n=0; \
	  for data in $(UNSEEN); do for objective in $(foreach each,$(TUNED_ON_DOMAINS),'$(each)'); do n=$$((n+1)); \
	    $(DOMAINS) $$(echo "dataset=$$data+$$objective" | tr + ' ') dataset.validated_on=$$way val_fraction=$$([ $$way = training ] && echo 0.2 || echo 0) \
	      keep=results/environments/$$way-$$n.jsonl.gz || exit 1; done; done; \
	  cat $$(set +f; ls results/environments/$$way-*.jsonl.gz) > results/environments/all.jsonl.gz; \
	  $(RUN) runner.report store=results/environments/all.jsonl.gz pack=$(DATA)/environments_$$way.jsonl.gz only=test/accuracy || exit 1; done

environments: .venv/ready ## put the claims about environments to the test (ten minutes of a core), and keep it for docs/results
	$(RUN) runner.claims environments keep=$(DATA)/claims_environments.jsonl

adaptation: .venv/ready ## put the claims about adaptation while a network is tested to the test (half an hour of a core), and compare all adaptations for docs/results
	$(RUN) runner.claims adaptation store=results/adaptation keep=$(DATA)/claims_adaptation.jsonl
	$(GRID) dataset=corrupted dataset@dataset.source=mnist1d model=cnn1d optimizer=adam optimizer.lr=0.01 epochs=20 eval_every=20 measure=[environments] adaptation=eata,confidence_difference,rmt seeds=12 store=results/adaptation
	$(RUN) runner.report store=results/adaptation pack=$(DATA)/adaptation.jsonl.gz only=adapted/accuracy,adapted/accuracy_in_0,adapted/accuracy_in_3,adapted/accuracy_in_8,adapted/accuracy_in_13,adapted/accuracy_in_18

PAIRS := dataset=preferences dataset.num_train=40000 noise=0,0.2,0.3 optimizer=adam optimizer.lr=0.05 curation=random seeds=10 store=results/preferences
FEW := curation.share=0.01 epochs=60 eval_every=60
MANY := curation.share=0.075 epochs=10 eval_every=10
STRENGTHS := 0.02,0.05,0.1,0.2,0.5,1,2

preferences: .venv/ready ## train objectives of preferences on 400 and on 3,000 pairs at several strengths each (half an hour), and keep it for docs/results
	for pairs in "$(FEW)" "$(MANY)"; do \
		$(GRID) $(PAIRS) $$pairs loss=dpo,kto,napo,slic,mmpo loss.beta=$(STRENGTHS) && \
		$(GRID) $(PAIRS) $$pairs loss=dpo,kto,napo loss.beta=5,10 && \
		$(GRID) $(PAIRS) $$pairs loss=ipo loss.tau=$(STRENGTHS) || exit 1; \
	done
	$(RUN) runner.claims preference store=results/preferences keep=$(DATA)/claims_preference.jsonl
	$(RUN) runner.report store=results/preferences pack=$(DATA)/preferences.jsonl.gz only=test/reward,test/kl,test/order_accuracy
	mkdir -p docs/results/preferences
	for size in 0.01:few 0.075:many; do $(DRAW)/preferences.jsonl.gz rows=loss cols=noise,test/kl where=curation.share=$${size%%:*} \
	  equal='test/kl=0.1|0.25|0.5|0.75|1|1.25' pictures=results/pictures/preferences_$${size#*:} && \
	  cp results/pictures/preferences_$${size#*:}/against_noise.svg docs/results/preferences/$${size#*:}.svg || exit 1; done

density: .venv/ready ## put claims about densities that are known to the test, and keep them and the distances of three methods for docs/results
	$(RUN) runner.claims density store=results/density keep=$(DATA)/claims_density.jsonl
	$(RUN) runner.report store=results/density where=dataset=planar,dataset.outliers=0 pack=$(DATA)/density.jsonl.gz

theory: .venv/ready ## put predictions of theory to the test, and keep it for docs/results
	$(RUN) runner.claims theory multiverse=true store=results/theory keep=$(DATA)/claims_theory.jsonl
	$(RUN) runner.claims from=$(DATA)/claims_theory.jsonl picture=docs/results/theory/along.svg

flow_networks: .venv/ready ## put papers' claims about flow networks to the test (minutes of a core), and keep it for docs/results
	$(RUN) runner.claims flow_networks store=results/flow_networks keep=$(DATA)/claims_flow_networks.jsonl

language: .venv/ready ## put claims about made-up languages to the test, and keep it for docs/results
	$(RUN) runner.claims language store=results/language keep=$(DATA)/claims_language.jsonl

single_tasks: .venv/ready ## put claims about tasks of their own to the test, such as continual learning, and keep it for docs/results
	$(RUN) runner.claims single_tasks store=results/single_tasks keep=$(DATA)/claims_single_tasks.jsonl

MAPPED := $(GRID) calculation=transport_map seeds=12 store=results/transport calculation.features

transport: .venv/ready ## maps and plans against closed forms of optimal transport, for docs/results
	$(MAPPED)=2,16 calculation.objective=identity,independent,moments,discrete
	$(MAPPED)=2 calculation.objective=rectified,egnot
	$(MAPPED)=16 calculation.objective=sinkhorn_divergence,monge_gap
	$(RUN) runner.report store=results/transport where=calculation=transport_map pack=$(DATA)/transport.jsonl.gz
	$(RUN) runner.claims transport store=results/transport keep=$(DATA)/claims_transport.jsonl

BARRIERS := seeds=10 dataset=digits epochs=30 store=results/barriers
SHAPES := model=cnn model.width=8 model.norm=none,batch

barriers: .venv/ready ## measure barriers between networks of two seeds on digits (ten minutes of a core), and keep them for docs/results
	$(GRID) $(BARRIERS) exec.keep_network=true model.width=32,256
	$(GRID) $(BARRIERS) exec.keep_network=true model.width=256 noise=0.4
	$(GRID) $(BARRIERS) exec.keep_network=true model.width=256 model.depth=3
	$(GRID) $(BARRIERS) exec.keep_network=true $(SHAPES)
	$(RUN) runner.barriers -m $(BARRIERS) model.width=32,256 keep=results/barriers/1.jsonl
	$(RUN) runner.barriers $(BARRIERS) model.width=256 noise=0.4 keep=results/barriers/2.jsonl
	$(RUN) runner.barriers $(BARRIERS) model.width=256 model.depth=3 keep=results/barriers/3.jsonl
	$(RUN) runner.barriers -m $(BARRIERS) $(SHAPES) keep=results/barriers/4.jsonl
	cat results/barriers/[1-4].jsonl > $(DATA)/barriers.jsonl
	$(GRID) $(BARRIERS) exec.keep_network=true model.width=256 model.depth=5
	$(RUN) runner.barriers $(BARRIERS) model.width=256 model.depth=3 shallow=model.depth=1 keep=results/barriers/5.jsonl
	$(RUN) runner.barriers $(BARRIERS) model.width=256 model.depth=5 shallow=model.depth=1 keep=results/barriers/6.jsonl
	$(RUN) runner.barriers $(BARRIERS) model.width=256 model.depth=5 shallow=model.depth=3 keep=results/barriers/7.jsonl
	cat results/barriers/[5-7].jsonl > $(DATA)/fusion.jsonl

machines: .venv/ready ## train one comparison with several instruction sets and numbers of threads, and keep it for docs/results
	for kind in avx512:1 avx2:1 avx2:2 default:1; do set=$${kind%:*} threads=$${kind#*:}; \
	  ATEN_CPU_CAPABILITY=$$set $(GRID) loss=ce,gce,poly noise=0,0.6 seeds=10 hydra.launcher.threads=$$threads store=results/machines/$${set}_$$threads && \
	  $(RUN) runner.report store=results/machines/$${set}_$$threads pack=$(DATA)/machines_$${set}_$$threads.jsonl only=test/accuracy || exit 1; done

examples: .venv/ready ## train three losses on digits, ten seeds, and keep what became of each test example for docs/results
	$(GRID) loss=ce,label_smoothing,stablemax seeds=10 store=results/examples
	$(RUN) runner.report store=results/examples pack=$(DATA)/examples.jsonl.gz only=test/accuracy,test/nll examples=true

zoo: .venv/ready      ## train every noise-robust loss on digits, at defaults, and keep it for docs/results
	$(GRID) experiment=zoo_noise store=results/zoo_noise
	$(GRID) experiment=zoo_noise noise_type=asymmetric noise=0.2,0.4 store=results/zoo_noise
	$(RUN) runner.report store=results/zoo_noise pack=$(DATA)/zoo_noise.jsonl.gz only=test/accuracy

imbalance: .venv/ready ## train the losses for rare classes on two data sets, with clean and with wrong labels, and keep it for docs/results
	$(GRID) experiment=imbalance store=results/imbalance
	$(GRID) experiment=imbalance loss=ce,ldam model.head=cosine store=results/imbalance
	$(RUN) runner.report store=results/imbalance pack=$(DATA)/imbalance.jsonl.gz only=test/balanced_accuracy,test/worst_class_recall

claims: .venv/ready   ## put the claims of losses to the test, at defaults, tuned and in their multiverses, and keep it for docs/results
	$(RUN) runner.claims $(LOSSES) tuned=true multiverse=true keep=$(DATA)/claims.jsonl

methods: .venv/ready  ## put the claims of methods, regularizers and risks to the test, and keep it for docs/results
	$(RUN) runner.claims $(MORE) tuned=true keep=$(DATA)/claims_methods.jsonl
	$(RUN) runner.claims $(MORE) scale=second keep=$(DATA)/claims_methods_second.jsonl

tasks: .venv/ready    ## put the claims about numbers, boxes and several labels to the test, at defaults and tuned, and keep it for docs/results
	$(RUN) runner.claims $(OTHER) tuned=true keep=$(DATA)/claims_tasks.jsonl
	$(RUN) runner.claims hl_gauss_outliers cauchy_outliers bag_instance_interpolated soft_scores_one_hot scale=second keep=$(DATA)/claims_tasks_second.jsonl

parts: .venv/ready    ## put the claims about networks, optimizers, calibrators, curations and their like to the test, and keep it for docs/results
	$(RUN) runner.claims $(PARTS) tuned=true keep=$(DATA)/claims_parts.jsonl

reversed: .venv/ready ## put the claims that came out reversed to the test again, with more seeds, tuned and in other universes; keep it
	$(RUN) runner.claims $(REVERSED) seeds=24 keep=$(DATA)/claims_reversed.jsonl
	$(RUN) runner.claims $(REVERSED) tuned=true multiverse=true keep=$(DATA)/claims_reversed_universes.jsonl
	$(RUN) runner.claims $(SECOND) scale=second seeds=24 keep=$(DATA)/claims_reversed_second.jsonl

repro: .venv/ready    ## list the published tables; make repro-apl SCALE=smoke|laptop|paper DATASET=... KEEP=FILE trains one and compares
	$(RUN) runner.repro

repro-%: .venv/ready
	$(RUN) runner.repro $(subst -,_,$*) scale=$(SCALE) $(if $(DATASET),dataset=$(DATASET)) keep=$(or $(KEEP),results/repro/$*.jsonl)

cifarn: .venv/ready   ## train six losses on CIFAR-10 under labels that people gave, at the laptop's scale (CIFARN=overrides: where both are), and keep it
	$(RUN) runner.repro cifarn $(CIFARN) keep=$(DATA)/repro_cifarn.jsonl
	$(RUN) runner.report store=results/repro where=noise_type=human,optimizer.lr=0.01 pack=$(DATA)/cifarn.jsonl.gz only=test/accuracy

results: .venv/ready  ## make all tables of the README and of docs/results again, from what is kept in docs/results/data
	$(RUN) runner.render $(PAGES)

pictures: .venv/ready ## draw anew, from the same, the pictures of the README and of docs/results
	$(DRAW)/noise.jsonl.gz rows=loss pictures=results/pictures/ranks
	$(DRAW)/noise.jsonl.gz rows=loss where=dataset=digits pictures=results/pictures/digits
	$(DRAW)/noise.jsonl.gz rows=loss where=dataset=mnist1d pictures=results/pictures/mnist1d
	$(DRAW)/noise.jsonl.gz rows=loss where='$(FRONT)' pictures=results/pictures/defaults
	$(DRAW)/noise_tuned.jsonl.gz rows=loss,optimizer.lr where='$(FRONT)' pictures=results/pictures/tuned
	for set in '1:sgd|sam|adam|adamw' '2:lion|muon|rmsprop|soap'; do $(DRAW)/optimizers_tuned.jsonl.gz rows=loss cols=optimizer tuned=true \
	  where="noise=0.4,optimizer=$${set#*:}" pictures=results/pictures/optimizers_$${set%%:*} || exit 1; done
	$(DRAW)/mutual_information.jsonl.gz rows=loss where='loss=dv|infonce|mine|nwj|smile' metric=test/estimate pictures=results/pictures/information
	$(RUN) runner.barriers from=$(DATA)/barriers.jsonl picture=docs/results/merging/digits.svg
	mkdir -p docs/results/noise docs/results/optimizers docs/results/variance docs/results/mutual_information
	cp results/pictures/information/estimates.svg docs/results/mutual_information/estimates.svg
	for name in digits mnist1d; do $(RUN) runner.variance from=$(DATA)/variance.jsonl.gz where=dataset=$$name pictures=results/pictures/variance_$$name || exit 1; done
	for name in digits mnist1d; do cp results/pictures/variance_$$name/variance.svg docs/results/variance/$$name.svg; done
	for set in 1 2; do cp results/pictures/optimizers_$$set/seed_by_seed.svg docs/results/optimizers/noise_$$set.svg; done
	for name in digits mnist1d; do cp results/pictures/$$name/against_noise.svg docs/results/noise/$$name.svg; done
	for name in defaults tuned; do cp results/pictures/$$name/seed_by_seed.svg docs/results/noise/$$name.svg; done
	cp results/pictures/ranks/critical_difference.svg docs/results/noise/ranks.svg

results-check: .venv/ready ## see that every table is what its command gives, bit for bit
	$(RUN) runner.render check=true $(PAGES)

report: .venv/ready   ## a page of all results for the browser: results/report/index.html
	$(RUN) runner.report page=results/report

docs: .venv/ready     ## the documentation as a site: site/index.html (search needs a server: python -m http.server -d site)
	$(RUN) mkdocs build

bench: .venv/ready    ## measure what Seedwise costs (minutes; on a machine that has nothing else to do), and write docs/results/bench.md
	$(RUN) pip install --quiet -e '.[bench]' -c requirements.txt && $(RUN) bench

simulate: .venv/ready ## see by simulation how often tests, intervals and marks are wrong (minutes), and write docs/results/simulate.md
	$(RUN) simulate

audits: .venv/ready   ## draw the pictures of docs/protocols.md again
	rm -rf results/audits
	$(RUN) runner.audit noise=0.4 noise_type=asymmetric store=results/audits/pairs
	$(RUN) runner.audit noise=0.6 store=results/audits/symmetric
	cp results/audits/pairs/audits/*/seed=0/transition.svg results/audits/symmetric/audits/*/seed=0/flipped.png docs/protocols

cards: .venv/ready    ## write a card for each loss, method, regularizer and risk to docs/losses and docs/methods
	$(RUN) runner.cards

lock:                 ## pin anew, in requirements.txt, what pyproject.toml asks for
	rm -rf .venv && $(PYTHON) -m venv .venv && .venv/bin/pip install -e '.[dev]'
	.venv/bin/pip freeze --exclude-editable | sed 's/+c[pu0-9]*$$//' > requirements.txt

.venv/ready: requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14) and "Python 3.11 to 3.13 is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt
	.venv/bin/pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

.PHONY: help install demo test test-programs test-quick test-faults test-browser lint check format noise fashion machines examples zoo imbalance claims methods tasks parts outliers optimizers variance information representations retrieval environments adaptation density theory barriers reversed repro cifarn results pictures results-check report docs bench simulate audits cards lock flow_networks language transport single_tasks
