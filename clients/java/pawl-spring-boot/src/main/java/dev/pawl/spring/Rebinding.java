package dev.pawl.spring;

import dev.pawl.client.PawlException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.ConfigurationPropertiesBean;
import org.springframework.boot.context.properties.ConfigurationPropertiesBindingPostProcessor;
import org.springframework.boot.context.properties.bind.BindMethod;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;

/**
 * Puts other properties into the environment, and binds those beans again under whose prefix the environment now answers otherwise:
 * by Spring Boot's own binder, with its conversions and validation. Invariant: all of them, or none.
 */
final class Rebinding {
  private final ConfigurableApplicationContext context;

  Rebinding(ConfigurableApplicationContext context) {
    this.context = context;
  }

  /**
   * @return the names of the properties that changed
   * @throws PawlException INVALID, where a bean cannot be bound
   */
  Set<String> show(PawlPropertySource source, Map<String, Object> properties) {
    Map<String, Object> before = source.properties();
    Map<String, String> answered = answers();
    source.show(properties);
    Set<String> changed = differences(answered, answers());
    List<String> bound = new ArrayList<>();
    for (String name : beansUnder(changed)) {
      bound.add(name);
      try {
        bind(name);
      } catch (RuntimeException cause) {
        source.show(before);
        bound.forEach(this::bindBack);
        // Without the cause: its message quotes the value.
        throw PawlException.invalid("the bean " + name + " cannot be bound to it (" + cause.getClass().getSimpleName() + ")");
      }
    }
    return changed;
  }

  private void bindBack(String name) {
    try {
      bind(name);
    } catch (RuntimeException odd) {
      // It was bound to this at the start. The version that it cannot be bound to is told all the same.
    }
  }

  /** What the environment says of each name, with its placeholders filled in. */
  private Map<String, String> answers() {
    Map<String, String> answers = new HashMap<>();
    for (PropertySource<?> source : context.getEnvironment().getPropertySources()) {
      if (!(source instanceof EnumerablePropertySource<?> enumerable)) continue;
      for (String name : enumerable.getPropertyNames()) {
        if (!answers.containsKey(name)) answers.put(name, answer(name));
      }
    }
    return answers;
  }

  private String answer(String name) {
    try {
      return context.getEnvironment().getProperty(name);
    } catch (RuntimeException unresolved) {
      return null;
    }
  }

  private static Set<String> differences(Map<String, String> old, Map<String, String> now) {
    Set<String> names = new TreeSet<>(old.keySet());
    names.addAll(now.keySet());
    names.removeIf(name -> Objects.equals(old.get(name), now.get(name)));
    return names;
  }

  /** Those that exist: a bean that is made later is bound to what there is then. */
  private List<String> beansUnder(Set<String> changed) {
    List<ConfigurationPropertyName> names =
        changed.stream().map(name -> ConfigurationPropertyName.adapt(name, '.')).toList();
    ConfigurableListableBeanFactory beans = context.getBeanFactory();
    List<String> under = new ArrayList<>();
    // Without it nothing is bound at all.
    if (!beans.containsBean(ConfigurationPropertiesBindingPostProcessor.BEAN_NAME)) return under;
    for (String name : beans.getSingletonNames()) {
      Object bean = beans.getSingleton(name);
      ConfigurationPropertiesBean properties = bean == null ? null : ConfigurationPropertiesBean.get(context, bean, name);
      // What is bound by its constructor cannot change.
      if (properties == null || properties.asBindTarget().getBindMethod() == BindMethod.VALUE_OBJECT) continue;
      ConfigurationPropertyName prefix = ConfigurationPropertyName.of(properties.getAnnotation().prefix());
      if (names.stream().anyMatch(one -> prefix.equals(one) || prefix.isAncestorOf(one))) under.add(name);
    }
    return under;
  }

  private void bind(String name) {
    Object bean = context.getBeanFactory().getSingleton(name);
    Object target = AopProxyUtils.getSingletonTarget(bean);
    context
        .getBean(ConfigurationPropertiesBindingPostProcessor.class)
        .postProcessBeforeInitialization(target == null ? bean : target, name);
  }
}
