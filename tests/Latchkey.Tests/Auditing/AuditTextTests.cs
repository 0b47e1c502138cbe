using System.Text.Json;
using Latchkey.Auditing;
using Latchkey.KeyServer.Audit;
using Latchkey.Testing;

namespace Latchkey.Tests.Auditing;

[Trait("Catalogue", "X7")]
public sealed class AuditTextTests
{
    [Theory]
    [InlineData("example.test", "name=example.test")]
    [InlineData("a  edge=trusted", "name=\"a  edge=trusted\"")]
    [InlineData("a\"  edge=trusted", "name=\"a\\\"  edge=trusted\"")]
    [InlineData("a\\\"b", "name=\"a\\\\\\\"b\"")]
    [InlineData("a\u001b[2Jb\nc", "name=a?[2Jb?c")]
    public void A_name_from_outside_looks_like_nothing_but_a_name(string name, string expected)
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("audit.log", JsonSerializer.Serialize(new { seq = 1, kind = "use", outcome = "ok", edge = "edge.test", name }) + "\n");

        var line = AuditText.Of(Assert.Single(AuditEntry.Read(file)));

        Assert.EndsWith($"  edge=edge.test  {expected}", line, StringComparison.Ordinal);
    }
}
