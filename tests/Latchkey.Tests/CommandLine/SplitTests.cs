using Latchkey.Testing;

namespace Latchkey.Tests.CommandLine;

[Trait("Catalogue", "S4")]
public sealed class SplitTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(TestKey.Rsa2048)]
    [InlineData(TestKey.EcdsaP256)]
    [InlineData(TestKey.Ed25519)]
    public async Task What_is_split_can_be_joined_again(TestKey kind)
    {
        var key = WriteKey(kind);
        var original = await File.ReadAllTextAsync(key, TestContext.Current.CancellationToken);
        var split = await Invocation.RunAsync("split", key, "--parts", "2-of-3", "--out", _folder.Path);
        Assert.Equal((0, ""), (split.ExitCode, split.Error));

        var again = Path.Combine(_folder.Path, "again.key");
        var join = await Invocation.RunAsync("join", Named("site-3.part"), Named("site-1.part"), "--out", again);

        Assert.Equal((0, ""), (join.ExitCode, join.Error));
        Assert.Equal(original, await File.ReadAllTextAsync(again, TestContext.Current.CancellationToken));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Named("site-1.part")));
    }

    [Fact]
    public async Task The_key_is_destroyed_where_that_is_asked_for_and_not_otherwise()
    {
        var key = WriteKey(TestKey.EcdsaP256);
        await Invocation.RunAsync("split", key, "--out", _folder.Path);
        Assert.True(File.Exists(key));

        var split = await Invocation.RunAsync("split", key, "--out", _folder.Path, "--name", "other", "--destroy");

        Assert.Equal((0, ""), (split.ExitCode, split.Error));
        Assert.False(File.Exists(key));
        Assert.Equal(0, (await Invocation.RunAsync("join", Named("other-1.part"), Named("other-2.part"), "--out", key)).ExitCode);
    }

    [Fact]
    [Trait("Attack", "17")]
    public async Task A_bad_part_is_named_by_its_file()
    {
        await Invocation.RunAsync("split", WriteKey(TestKey.EcdsaP256), "--out", _folder.Path);
        var bad = Named("site-2.part");
        var text = (await File.ReadAllTextAsync(bad, TestContext.Current.CancellationToken)).ToCharArray();
        var place = text.Length - 60;
        text[place] = text[place] == 'A' ? 'B' : 'A';
        await File.WriteAllTextAsync(bad, new string(text), TestContext.Current.CancellationToken);

        var join = await Invocation.RunAsync("join", Named("site-1.part"), bad, "--out", Named("again.key"));

        Assert.Equal(1, join.ExitCode);
        Assert.Contains($"{bad}: part 2 of 2", join.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Named("again.key")));
    }

    [Fact]
    public async Task One_part_is_not_enough_and_no_file_is_overwritten()
    {
        var key = WriteKey(TestKey.EcdsaP256);
        await Invocation.RunAsync("split", key, "--out", _folder.Path);

        Assert.Contains("expected 2", (await Invocation.RunAsync("join", Named("site-1.part"), "--out", Named("again.key"))).Error, StringComparison.Ordinal);
        Assert.Equal(1, (await Invocation.RunAsync("split", key, "--out", _folder.Path)).ExitCode);
        Assert.Equal(1, (await Invocation.RunAsync("join", Named("site-1.part"), Named("site-2.part"), "--out", key)).ExitCode);
        Assert.Equal(2, (await Invocation.RunAsync("split", key, "--parts", "1-of-2")).ExitCode);
    }

    [Fact]
    public async Task Each_part_may_have_a_place_of_its_own_and_what_is_none_is_refused_before_anything_is_written()
    {
        var key = WriteKey(TestKey.EcdsaP256);
        var second = $"file:{Named("second.part")}";

        var tooFew = await Invocation.RunAsync("split", key, "--out", second);
        var none = await Invocation.RunAsync("split", key, "--out", _folder.Path, "--out", "tpm2:handle=0x81000001");
        Assert.False(File.Exists(Named("site-1.part")));
        var split = await Invocation.RunAsync("split", key, "--out", _folder.Path, "--out", second, "--destroy");

        Assert.Contains("--out stands there 1 times for 2 parts (expected one folder for all, or a folder or URI for each)", tooFew.Error, StringComparison.Ordinal);
        Assert.Contains("tpm2:handle=0x81000001: no place for a part of a key", none.Error, StringComparison.Ordinal);
        Assert.Equal((0, ""), (split.ExitCode, split.Error));
        Assert.Equal(0, (await Invocation.RunAsync("join", Named("site-1.part"), second, "--out", key)).ExitCode);
    }

    private string WriteKey(TestKey kind)
    {
        using var authority = TestAuthority.Create();
        return authority.IssueServer(kind, "example.test").WriteKey(_folder.Path, "site");
    }

    private string Named(string name) => Path.Combine(_folder.Path, name);
}
