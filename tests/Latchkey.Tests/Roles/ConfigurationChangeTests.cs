using Latchkey.Testing;
using Latchkey.Tests.Configuration;

namespace Latchkey.Tests.Roles;

/// <summary>A key server whose configuration is edited while it runs, in a real process.</summary>
public sealed class ConfigurationChangeTests(ConfigurationFolder folder) : IClassFixture<ConfigurationFolder>
{
    [Fact]
    public async Task An_edited_configuration_takes_effect_by_itself_and_a_wrong_one_changes_nothing()
    {
        var file = folder.Write("edited.json", ConfigurationFolder.KeyServer);
        await using var process = LatchkeyProgram.Start("keyserver", "--config", file, "--set", "listen=127.0.0.1:0", "--set", "admin=127.0.0.1:0");
        await process.AddressAsync("ready keyserver");

        folder.WriteChanged("edited.json", ConfigurationFolder.KeyServer, "\"rawOperations\": false", "\"rules\": [ { \"edge\": [\"a\"] } ]");
        Assert.Contains("keys[0].rules[0].edge: unknown name", await process.WaitForLineAsync("cannot be used; what was in force stays"), StringComparison.Ordinal);

        folder.WriteChanged("edited.json", ConfigurationFolder.KeyServer, "\"rawOperations\": false", "\"rules\": [ { \"edges\": [\"a\"] } ]");
        await process.WaitForLineAsync("The configuration has changed on disk and is in force");

        folder.WriteChanged("edited.json", ConfigurationFolder.KeyServer, "\"clientCa\"", "\"limits\": { \"workers\": 9 }, \"clientCa\"");
        await process.WaitForLineAsync("limits.workers: changed, takes effect with the next start");
    }
}
