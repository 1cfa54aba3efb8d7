import org.elasticmq.rest.sqs.SQSRestServerBuilder;

/** Serves SQS at the port of 127.0.0.1 that is its argument: ElasticMQ's own program is not where its jars are. */
public class ElasticMq {
  public static void main(String[] args) {
    int port = Integer.parseInt(args[0]);
    SQSRestServerBuilder.withInterface("127.0.0.1").withPort(port).start().waitUntilStarted();
    System.out.println("ElasticMQ started");
  }
}
