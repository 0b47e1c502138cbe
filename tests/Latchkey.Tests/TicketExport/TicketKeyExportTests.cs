using Latchkey.TicketExport;
using Latchkey.Tickets;

namespace Latchkey.Tests.TicketExport;

[Trait("Catalogue", "T3")]
public sealed class TicketKeyExportTests
{
    [Fact]
    public async Task nginx_has_the_sealing_key_first_and_all_others_behind_it()
    {
        using var export = new ExportHarness("nginx");
        TicketKey old = export.Add(-1), sealing = export.Add(0), next = export.Add(1);

        await export.StepAsync();

        Assert.Equal(new[] { sealing, next, old }.Select(export.Encode), export.NginxFiles.Select(File.ReadAllBytes));
        Assert.All(export.NginxFiles, file => Assert.Equal(80, new FileInfo(file).Length));
    }

    [Fact]
    [Trait("Catalogue", "T2")]
    public async Task HAProxy_has_the_sealing_key_last_but_one_and_the_next_one_last()
    {
        using var export = new ExportHarness("haproxy");
        export.Add(-2);
        TicketKey old = export.Add(-1), sealing = export.Add(0), next = export.Add(1);

        await export.StepAsync();

        Assert.Equal(new[] { old, sealing, next }.Select(export.Encode), (await File.ReadAllLinesAsync(export.Place, TestContext.Current.CancellationToken)).Select(Convert.FromBase64String));
    }

    [Fact]
    public async Task Of_two_key_servers_keys_the_preferred_one_seals_in_every_hour()
    {
        using var export = new ExportHarness("haproxy");
        List<TicketKey> preferred = [], others = [];
        for (var hour = -1; hour < 2; hour++)
        {
            preferred.Add(export.Add(hour));
            others.Add(export.Add(hour));
        }

        await export.StepAsync();

        Assert.Equal(preferred.Select(export.Encode), export.Written());
    }

    [Fact]
    [Trait("Catalogue", "T1")]
    public async Task The_next_key_seals_when_its_time_comes_though_nobody_has_answered_since()
    {
        using var export = new ExportHarness("nginx");
        TicketKey first = export.Add(0), next = export.Add(1);
        await export.StepAsync();
        Assert.Equal(export.Encode(first), await File.ReadAllBytesAsync(export.NginxFiles[0], TestContext.Current.CancellationToken));

        export.Clock.Advance(TimeSpan.FromHours(1));
        await export.StepAsync();

        Assert.Equal(new[] { next, first }.Select(export.Encode), export.NginxFiles.Select(File.ReadAllBytes));
    }

    [Theory]
    [InlineData("nginx")]
    [InlineData("haproxy")]
    public async Task Without_a_fresh_key_a_server_gets_one_that_nobody_else_has_and_an_alarm_is_raised(string format)
    {
        using var export = new ExportHarness(format);
        var last = export.Add(0);
        await export.StepAsync();

        export.Clock.Advance(TimeSpan.FromHours(1));
        await export.StepAsync();

        var keys = export.Written();
        Assert.NotEqual(export.Encode(last), keys[format == "nginx" ? 0 : 1]);
        Assert.Contains(export.Encode(last), keys);
        Assert.Equal(keys.Count, keys.Select(Convert.ToHexString).Distinct().Count());
        Assert.Single(export.Log.All, line => line.EventId == 5133);

        // Nor does it go on with that one for ever.
        export.Clock.Advance(TimeSpan.FromHours(2));
        await export.StepAsync();
        Assert.NotEqual(keys[format == "nginx" ? 0 : 1], export.Written()[format == "nginx" ? 0 : 1]);

        var fresh = export.Add(3);
        await export.StepAsync();
        Assert.Equal(export.Encode(fresh), export.Written()[format == "nginx" ? 0 : 1]);
        Assert.Single(export.Log.All, line => line.EventId == 5134);
    }

    [Fact]
    public async Task Key_servers_have_ten_seconds_before_a_server_starts_with_a_key_of_its_own()
    {
        using var export = new ExportHarness("nginx");
        await export.StepAsync();
        Assert.False(Directory.Exists(export.Place));

        export.Clock.Advance(TimeSpan.FromSeconds(10));
        await export.StepAsync();

        Assert.Single(export.NginxFiles);
    }

    [Fact]
    [Trait("Catalogue", "T3")]
    public async Task A_key_that_is_taken_back_goes_from_the_file_system_and_from_the_file_it_was_in()
    {
        using var export = new ExportHarness("nginx");
        var taken = export.Add(-1);
        export.Add(0);
        await export.StepAsync();
        // What a reader that opened the file before has.
        await using var open = File.OpenRead(export.NginxFiles.Single(file => File.ReadAllBytes(file).SequenceEqual(export.Encode(taken))));

        export.Remove(taken);
        await export.StepAsync();

        Assert.Equal(2, Directory.GetFiles(export.Place).Length);
        var left = new byte[81];
        Assert.Equal(80, await open.ReadAsync(left, TestContext.Current.CancellationToken));
        Assert.NotEqual(export.Encode(taken), left[..80]);
        // Not zeros, which anybody could seal with.
        Assert.True(left[..80].Distinct().Count() > 20);
    }

    [Fact]
    public async Task A_file_that_is_replaced_keeps_nothing_of_what_it_had()
    {
        using var export = new ExportHarness("haproxy");
        export.Add(0);
        await export.StepAsync();
        await using var open = File.OpenRead(export.Place);
        var before = await File.ReadAllBytesAsync(export.Place, TestContext.Current.CancellationToken);

        export.Add(1);
        await export.StepAsync();

        var left = new byte[before.Length];
        await open.ReadExactlyAsync(left, TestContext.Current.CancellationToken);
        Assert.NotEqual(before, left);
        Assert.NotEqual(before, await File.ReadAllBytesAsync(export.Place, TestContext.Current.CancellationToken));
        Assert.Equal([export.Place], Directory.GetFiles(export.Folder));
    }

    [Theory]
    [InlineData("nginx")]
    [InlineData("haproxy")]
    public async Task Files_are_for_their_owner_alone(string format)
    {
        using var export = new ExportHarness(format);
        export.Add(0);
        await export.StepAsync();

        foreach (var file in Directory.GetFiles(export.Folder, "*", SearchOption.AllDirectories))
        {
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
    }

    [Fact]
    public void An_exported_key_is_neither_the_rings_own_nor_that_of_another_kind_of_server()
    {
        using var nginx = new ExportHarness("nginx");
        using var haproxy = new ExportHarness("haproxy");
        var key = nginx.Add(0);

        var exported = nginx.Encode(key);

        Assert.Equal(-1, exported.AsSpan().IndexOf(key.Secret.Span[..8]));
        Assert.Equal(-1, exported.AsSpan().IndexOf(key.Name.Span[..8]));
        Assert.Equal(-1, haproxy.Encode(key).AsSpan().IndexOf(exported.AsSpan(16, 8)));
        Assert.Equal(exported, nginx.Encode(key));
    }

    [Fact]
    public async Task A_server_that_does_not_hear_is_told_until_it_does()
    {
        var server = new HardOfHearing { Deaf = true };
        using var export = new ExportHarness("nginx", server);
        export.Add(0);
        for (var i = 0; i < 3; i++)
        {
            await export.StepAsync();
            export.Clock.Advance(TimeSpan.FromSeconds(5));
        }
        Assert.Equal((3, 0), (server.Asked, server.Told));
        Assert.Single(export.Log.All, line => line.EventId == 5135);

        server.Deaf = false;
        await export.StepAsync();
        export.Clock.Advance(TimeSpan.FromSeconds(5));
        await export.StepAsync();

        Assert.Equal((4, 1), (server.Asked, server.Told));
        Assert.Single(export.Log.All, line => line.EventId == 5136);
        export.Export.TellAgain();
        await export.StepAsync();
        Assert.Equal(2, server.Told);
    }

    [Fact]
    public async Task Nobody_is_told_before_keys_lie_where_they_belong()
    {
        var server = new HardOfHearing();
        using var export = new ExportHarness("nginx", server);
        export.Add(0);
        await File.WriteAllTextAsync(export.Place, "in the way", TestContext.Current.CancellationToken);
        await export.StepAsync();
        Assert.Equal(0, server.Told);
        Assert.Single(export.Log.All, line => line.EventId == 5132);

        File.Delete(export.Place);
        await export.StepAsync();

        Assert.Equal(1, server.Told);
    }

    [Fact]
    public async Task No_key_is_in_a_line_of_the_log()
    {
        using var export = new ExportHarness("haproxy");
        var key = export.Add(0);
        await export.StepAsync();
        export.Clock.Advance(TimeSpan.FromHours(1));
        await export.StepAsync();

        var lines = string.Join('\n', export.Log.All.Select(line => line.Text));
        Assert.NotEmpty(lines);
        Assert.DoesNotContain(Convert.ToBase64String(export.Encode(key))[..20], lines, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToHexStringLower(export.Encode(key))[32..48], lines, StringComparison.OrdinalIgnoreCase);
    }

    private sealed class HardOfHearing : ToldServer
    {
        public bool Deaf { get; set; }

        public int Asked { get; private set; }

        public int Told { get; private set; }

        public override string Name => "server";

        public override Task TellAsync(TicketKeySet set, CancellationToken cancellationToken)
        {
            Asked++;
            if (Deaf)
                throw new IOException("what?");
            Told++;
            return Task.CompletedTask;
        }
    }
}
