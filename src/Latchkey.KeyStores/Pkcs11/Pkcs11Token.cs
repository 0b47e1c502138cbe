using Latchkey.KeyStores.Files;

namespace Latchkey.KeyStores.Pkcs11;

/// <summary>
/// A token with its pool of sessions. A session is for one operation at a time; who finds all of them taken waits, for a bounded time. A token that was lost (pulled out,
/// restarted, a network HSM out of reach) is opened again by the next operation. A PIN that was refused is not tried again, lest the token lock itself, until its file
/// has changed or the key is opened anew.
/// </summary>
internal sealed class Pkcs11Token : IDisposable
{
    private static readonly TimeSpan SessionPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly Pkcs11Uri _uri;
    private readonly CryptokiModule _module;
    private readonly Lock _opening = new();
    private readonly Stack<nuint> _idle = new();
    private readonly SemaphoreSlim _places;
    private (DateTime Changed, string Problem)? _refusedPin;
    private (long Until, string Problem)? _unreachable;
    private nuint _anchor;
    private nuint _slot;
    private int _moduleGeneration;
    private int _epoch;
    private bool _isOpen;
    private bool _disposed;

    /// <exception cref="KeyStoreException">No module, no token, no access.</exception>
    public Pkcs11Token(Pkcs11Uri uri)
    {
        _uri = uri;
        _module = CryptokiModule.Load(uri.Module);
        Sessions = uri.Sessions;
        lock (_opening)
            Open();
        _places = new SemaphoreSlim(Sessions);
    }

    /// <summary>As in <c>pkcs11 token "site"</c>.</summary>
    public string Name { get; private set; } = "";

    /// <summary>Operations at once.</summary>
    public int Sessions { get; private set; }

    /// <summary>Lets the next operation try what was refused.</summary>
    public void TryAgain()
    {
        lock (_opening)
            (_refusedPin, _unreachable) = (null, null);
    }

    /// <summary>Does something in a session; what a lost token has spoilt is done once more.</summary>
    /// <exception cref="KeyStoreException">All sessions are taken, or the token or the module says no.</exception>
    public T Use<T>(Func<Cryptoki, Pkcs11Session, T> work)
    {
        if (!_places.Wait(SessionPatience))
            throw new KeyStoreException($"{Name}: all {Sessions} sessions are taken; waited {SessionPatience.TotalSeconds:0} s (x-sessions in the URI says how many there are)");
        try
        {
            return UseSession(work, isSecondTry: false);
        }
        finally
        {
            _places.Release();
        }
    }

    /// <summary>Does something in a session of its own that may write.</summary>
    /// <exception cref="KeyStoreException">The token or the module says no.</exception>
    public void UseWritable(Action<Cryptoki, nuint> work)
    {
        try
        {
            _module.Call(functions =>
            {
                var session = functions.OpenSession(_slot, writable: true);
                try
                {
                    work(functions, session);
                    return 0;
                }
                finally
                {
                    functions.CloseSession(session);
                }
            });
        }
        catch (CryptokiException e)
        {
            throw new KeyStoreException($"{Name}: {e.Message}", e);
        }
    }

    /// <summary>Closes its sessions.</summary>
    public void Dispose()
    {
        lock (_opening)
        {
            _disposed = true;
            Forget();
        }
    }

    private T UseSession<T>(Func<Cryptoki, Pkcs11Session, T> work, bool isSecondTry)
    {
        var session = Take();
        try
        {
            var result = _module.Call(functions => work(functions, session));
            Return(session);
            return result;
        }
        catch (CryptokiException e) when (e.IsAboutQuestion)
        {
            Return(session);
            throw new KeyStoreException($"{Name}: {e.Message}", e);
        }
        catch (CryptokiException e)
        {
            Lose(session);
            return isSecondTry ? throw new KeyStoreException($"{Name}: {e.Message}", e) : UseSession(work, isSecondTry: true);
        }
        catch
        {
            Return(session);
            throw;
        }
    }

    private Pkcs11Session Take()
    {
        lock (_opening)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_isOpen && _moduleGeneration != _module.Generation)
                Forget();
            if (!_isOpen)
                Open();
            if (_idle.TryPop(out var idle))
                return new Pkcs11Session(idle, _epoch);
        }
        try
        {
            return new Pkcs11Session(_module.Call(functions => functions.OpenSession(_slot, writable: false)), _epoch);
        }
        catch (CryptokiException e)
        {
            if (e.Code != CryptokiException.SessionCount)
                Lose(new Pkcs11Session(0, _epoch));
            throw new KeyStoreException($"{Name}: {e.Message}", e);
        }
    }

    private void Return(Pkcs11Session session)
    {
        lock (_opening)
        {
            if (_isOpen && session.Epoch == _epoch)
                _idle.Push(session.Handle);
            else
                Close(session.Handle);
        }
    }

    private void Lose(Pkcs11Session session)
    {
        lock (_opening)
        {
            if (session.Handle != 0)
                Close(session.Handle);
            if (_isOpen && session.Epoch == _epoch)
                Forget();
        }
    }

    private void Forget()
    {
        if (!_isOpen)
            return;
        _isOpen = false;
        _module.CountOpenToken(-1);
        while (_idle.TryPop(out var idle))
            Close(idle);
        Close(_anchor);
    }

    // Of a module that was restarted meanwhile the number may be somebody else's session.
    private void Close(nuint session)
    {
        if (_moduleGeneration == _module.Generation)
            _module.Call(functions => { functions.CloseSession(session); return 0; });
    }

    private void Open()
    {
        var problem = (_refusedPin is { } pin && pin.Changed == PinChanged() ? pin.Problem : null)
            ?? (_unreachable is { } pause && Environment.TickCount64 < pause.Until ? pause.Problem : null);
        if (problem is not null)
            throw new KeyStoreException(problem);
        try
        {
            try
            {
                OpenAnchor();
            }
            catch (Exception e) when (e is KeyStoreException or CryptokiException { IsAboutPin: false })
            {
                if (!_module.TryRestart())
                    throw;
                OpenAnchor();
            }
        }
        catch (CryptokiException e) when (e.IsAboutPin)
        {
            problem = $"{Name}: the PIN in {_uri.PinFile} is refused: {e.Message}; not tried again before the file changes or the key is opened anew";
            _refusedPin = (PinChanged(), problem);
            throw new KeyStoreException(problem, e);
        }
        catch (Exception e) when (e is KeyStoreException or CryptokiException)
        {
            problem = e is KeyStoreException ? e.Message : $"{_uri.Text}: {e.Message}";
            _unreachable = (Environment.TickCount64 + (long)Pause.TotalMilliseconds, problem);
            throw new KeyStoreException(problem, e);
        }
    }

    // The anchor is never used and keeps the login, which ends with a token's last session.
    private void OpenAnchor()
    {
        using var pin = _uri.PinFile is { } file ? SmallFile.FirstLine(file, "a file whose first line is the PIN") : null;
        _moduleGeneration = _module.Generation;
        var (slot, token) = _module.Call(functions => Pkcs11Slots.Find(functions, _uri));
        Name = $"pkcs11 token \"{token.Label}\"";
        Sessions = token.Limit(_uri.Sessions);
        if (pin is not null && token.IsPinLocked)
            throw new KeyStoreException($"{Name}: its PIN is locked (expected one that the security officer has unlocked)");
        var anchor = _module.Call(functions => functions.OpenSession(slot, writable: false));
        try
        {
            if (pin is not null)
                _module.Call(functions => { functions.Login(anchor, pin.Span); return 0; });
        }
        catch
        {
            Close(anchor);
            throw;
        }
        (_slot, _anchor, _isOpen) = (slot, anchor, true);
        _epoch++;
        _module.CountOpenToken(+1);
    }

    private DateTime PinChanged() => _uri.PinFile is { } file ? File.GetLastWriteTimeUtc(file) : default;
}

/// <summary>A session of a token.</summary>
/// <param name="Handle">CK_SESSION_HANDLE.</param>
/// <param name="Epoch">Another one than that of a key's handle: the handle is void.</param>
internal readonly record struct Pkcs11Session(nuint Handle, int Epoch);
