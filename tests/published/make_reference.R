# Makes the reference values of the tests and of `kl-research validate` that come from R; the tests need no R.
# Run in this folder: Rscript make_reference.R (packages MASS, sandwich, metafor). Sicily's data have no licence file:
# the last part runs only where ../../../shared/data holds them.
suppressMessages({library(MASS); library(sandwich); library(metafor)})
show <- function(what, ...) cat(what, format(c(...), digits = 15), sep = "\n  ")
neweywest <- function(fit, lag, term, adjust = FALSE)
  sqrt(NeweyWest(fit, lag = lag, prewhite = FALSE, adjust = adjust)[term, term])

tables <- "../../src/kl_research/commands/published/"
vans <- read.csv(paste0(tables, "vankilled/vankilled.csv"))
vans$t <- 1:192
fit <- glm(VanKilled ~ law + t + factor(month), family = poisson, vans)
show("vans, law: coefficient, standard error", coef(summary(fit))["law", 1:2])
quasi <- summary(update(fit, family = quasipoisson))
show("vans, dispersion, quasi-Poisson standard error", quasi$dispersion, coef(quasi)["law", 2])
show("vans, Newey-West lags 1, 4, 12", sapply(c(1, 4, 12), function(lag) neweywest(fit, lag, "law")))

bcg <- read.csv(paste0(tables, "bcg/bcg.csv"))
trials <- escalc("RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = bcg)
pooled <- rma(yi, vi, data = trials, method = "REML", test = "knha")
show("BCG: mean, standard error, low, high, p, tau2",
     pooled$b, pooled$se, pooled$ci.lb, pooled$ci.ub, pooled$pval, pooled$tau2)
next_one <- predict(pooled)
show("BCG: prediction interval", next_one$pi.lb, next_one$pi.ub)
show("BCG: empirical Bayes effects", blup(pooled)$pred)

for (one in list(c(3, 8, 24, 24), c(0, 12, 8, 24), c(24, 40, 8, 24), c(1, 1, 8, 8)))
  show(paste("poisson.test", paste(one, collapse = " ")), poisson.test(one[1:2], one[3:4])$conf.int)

p <- c(0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216,
       0.222, 0.251, 0.269, 0.275, 0.34, 0.341, 0.384, 0.569, 0.594, 0.696)
show("p.adjust holm, BH: 1st, 2nd, 5th, 20th", p.adjust(p, "holm")[c(1, 2, 5, 20)], p.adjust(p, "BH")[c(1, 2, 5, 20)])

sicily <- "../../../shared/data/sicily/sicily.csv"
if (file.exists(sicily)) {
  s <- read.csv(sicily)
  season <- with(s, cbind(sin(2 * pi * month / 12), cos(2 * pi * month / 12), sin(4 * pi * month / 12), cos(4 * pi * month / 12)))
  plain <- glm(aces ~ offset(log(stdpop)) + smokban + time, family = poisson, s)
  show("Sicily, step and trend", coef(summary(plain))["smokban", 1:2])
  seasonal <- glm(aces ~ offset(log(stdpop)) + smokban + time + season, family = poisson, s)
  show("Sicily, two harmonics, quasi-Poisson", coef(summary(update(seasonal, family = quasipoisson)))["smokban", ])
  sloped <- glm(aces ~ offset(log(stdpop)) + smokban + time + I((time - 36) * smokban) + season, family = quasipoisson, s)
  show("Sicily, slope centred at month 36", coef(summary(sloped))[c("smokban", "I((time - 36) * smokban)"), 1:2])
  for (adjust in c(FALSE, TRUE))
    show(paste("Sicily, Newey-West lags 1, 2, 3, 12, adjust", adjust),
         sapply(c(1, 2, 3, 12), function(lag) neweywest(seasonal, lag, "smokban", adjust)))
  nb <- glm.nb(aces ~ offset(log(stdpop)) + smokban + time, data = s)
  show("Sicily, negative binomial: step, theta", coef(nb)["smokban"], nb$theta)
}
