using Latchkey.Testing;

namespace Latchkey.Interop.Deployment;

/// <summary>What a deployment consists of.</summary>
public sealed class DeploymentPlan
{
    public IReadOnlyList<SitePlan> Sites { get; init; } = [new("ecdsa", TestKey.EcdsaP256), new("rsa", TestKey.Rsa2048)];

    /// <summary>Where the edge listens.</summary>
    public string Listen { get; init; } = "127.0.0.1:0";

    /// <summary>How far the key server is from the edge, one way.</summary>
    public TimeSpan KeyServerDistance { get; init; }

    /// <summary>Further properties of the key server's entry for the sites' keys, as JSON: <c>{ "handOverMasterSecret": true }</c>.</summary>
    public string KeySettings { get; init; } = "{}";

    /// <summary>Whether edge and key server talk through a <see cref="Matrix.LinkTap"/>.</summary>
    public bool Tapped { get; init; }

    /// <summary>In place of the key server's process: where the edge connects.</summary>
    public int? ForeignKeyServerPort { get; set; }

    /// <summary>Further properties at the top of the edge's configuration; null for none.</summary>
    public System.Text.Json.Nodes.JsonObject? EdgeSettings { get; init; }

    /// <summary>Called before <see cref="Change"/>: puts keys where they belong that lie in no folder.</summary>
    public Func<DeploymentFiles, Task>? Provision { get; init; }

    /// <summary>Called with the deployment's folder when its files are written, before anything is started.</summary>
    public Action<DeploymentFiles>? Change { get; init; }

    /// <summary>Called when the edge's configuration is written too.</summary>
    public Action<DeploymentFiles>? AfterEdgeConfig { get; init; }
}
