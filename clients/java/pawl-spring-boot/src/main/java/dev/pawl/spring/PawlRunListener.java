package dev.pawl.spring;

import org.springframework.boot.SpringApplicationRunListener;
import org.springframework.boot.bootstrap.ConfigurableBootstrapContext;
import org.springframework.context.ConfigurableApplicationContext;

/** Ends what a program's start began, where the start fails: no context will close it. */
final class PawlRunListener implements SpringApplicationRunListener {
  private ConfigurableBootstrapContext bootstrap;

  @Override
  public void starting(ConfigurableBootstrapContext bootstrapContext) {
    bootstrap = bootstrapContext;
  }

  @Override
  public void failed(ConfigurableApplicationContext context, Throwable exception) {
    if (bootstrap != null && bootstrap.isRegistered(PawlImports.class)) bootstrap.get(PawlImports.class).close();
  }
}
