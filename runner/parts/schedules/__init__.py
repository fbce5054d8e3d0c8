"""Learning-rate schedules: functions of (epochs gone by, epochs in all) that give the factor on the optimizer's lr."""
