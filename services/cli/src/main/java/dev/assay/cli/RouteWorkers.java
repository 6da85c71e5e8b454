package dev.assay.cli;

import dev.assay.cli.model.NamedModel;
import dev.assay.cli.model.OpenedModel;
import dev.assay.cli.stack.Site;
import dev.assay.cli.terminal.CommandFailure;
import dev.assay.cli.terminal.Console;
import dev.assay.platform.TopicView;
import dev.assay.records.Model;
import dev.assay.records.Route;
import dev.assay.schemas.Topics;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.avro.specific.SpecificRecord;

/** The workers that {@code @router} needs: those of the models that routes name. */
final class RouteWorkers {
  private RouteWorkers() {}

  /**
   * Models with those that routes name, nobody serves, and can be started by their name alone.
   *
   * @throws CommandFailure when there is no model that the router could ask, or one that nobody will serve in a stack of this process
   */
  static List<NamedModel> with(List<NamedModel> models, Site site, Console console) throws IOException, InterruptedException {
    List<NamedModel> all = new ArrayList<>(models);
    Map<String, Route> routes = rows(site, Topics.ROUTES, Route.class);
    List<String> announced = List.copyOf(rows(site, Topics.MODELS, Model.class).keySet());
    for (Map.Entry<String, Route> route : routes.entrySet()) {
      String name = route.getValue().getModel();
      if (isServed(site, name) || all.stream().anyMatch(model -> model.name().equals(name))) {
        continue;
      }
      Optional<NamedModel> found = named(name);
      if (found.isPresent()) {
        all.add(found.get());
      } else if (announced.contains(name) && site.isOwned()) {
        throw new CommandFailure(
            "the route of %s leads to %s, which no worker serves and which cannot be started by its name alone; let 'assay up --models %s=…' run, and ask @router there"
                .formatted(route.getKey(), name, name));
      } else if (announced.contains(name)) {
        console.note("no worker serves %s, to which the route of %s leads: its questions wait until one does".formatted(name, route.getKey()));
      }
    }
    if (all.isEmpty() && announced.stream().noneMatch(name -> isServed(site, name))) {
      throw new CommandFailure(
          "there is no model that @router could ask: no worker serves one, and no route names one that can be started by its name; "
              + "name models beside it, or let 'assay up --models …' run, and let --routing learn routes first");
    }
    OpenedModel.fetch(all, console);
    return List.copyOf(all);
  }

  /** A broker that has just begun knows no members of any group but those of its last life, who are gone. */
  private static boolean isServed(Site site, String name) {
    return !site.isOwned() && site.fleet().isServed(name);
  }

  private static Optional<NamedModel> named(String name) {
    try {
      return Optional.of(NamedModel.parse(name)).filter(model -> model.name().equals(name));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  private static <T extends SpecificRecord> Map<String, T> rows(Site site, String topic, Class<T> type) {
    try (TopicView<T> view = site.view(topic, type).catchUp()) {
      return new TreeMap<>(view.rows());
    }
  }
}
